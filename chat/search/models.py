from typing import ClassVar

from django.db import models

from chat.models import Message
from tenants.models import User
from tenants.scoping import TenantModel


class SearchText(TenantModel):
    """The words of a message as they are looked for. Made when its owner searches, so that no write waits for it.

    Not a full-text index: parts of words are found too, alike in both databases, and under row-level security
    PostgreSQL would not use one (`@@` is not leakproof). A search reads all texts of one person through.
    """

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    text = models.TextField()

    class Meta(TenantModel.Meta):
        abstract = False
        indexes: ClassVar = [models.Index(fields=["user", "-message"], name="search_text_newest")]

    def __str__(self) -> str:
        return self.text[:60]
