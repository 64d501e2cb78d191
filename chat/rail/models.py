from typing import ClassVar

from django.db import models

from chat.models import Conversation
from tenants.models import User
from tenants.scoping import TenantModel


class TagColour(models.TextChoices):
    """Names of tokens in static/css/rail.css."""

    GREY = "grey"
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    TEAL = "teal"
    BLUE = "blue"
    PURPLE = "purple"


class Tag(TenantModel):
    """A person's own word for some of their conversations."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    colour = models.CharField(max_length=10, choices=TagColour, default=TagColour.GREY)
    conversations = models.ManyToManyField(Conversation, blank=True, related_name="tags")
    created = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "user", "name"], name="rail_tag_name_once")
        ]

    def __str__(self) -> str:
        return self.name
