"""Assistants and the versions of what they are told. Who may use one is decided each time it is asked."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, QuerySet

from assistant.models import ModelEndpoint
from ingestion.models import Collection
from ingestion.readers import names
from tenants.access import Member
from tenants.models import Group, User
from tenants.scoping import TenantManager, TenantModel

MOST_INSTRUCTIONS = 8000


class Icon(models.TextChoices):
    """Drawn by templates/assistants/icons.html."""

    SPARK = "spark", "Spark"
    BOOK = "book", "Book"
    PEOPLE = "people", "People"
    SCALES = "scales", "Scales"
    SHIELD = "shield", "Shield"
    WRENCH = "wrench", "Wrench"
    CODE = "code", "Code"
    CHART = "chart", "Chart"
    COINS = "coins", "Coins"
    GLOBE = "globe", "Globe"
    HEART = "heart", "Heart"
    FLASK = "flask", "Flask"
    TRUCK = "truck", "Truck"
    MAIL = "mail", "Mail"
    BUOY = "buoy", "Lifebuoy"
    MEGAPHONE = "megaphone", "Megaphone"


class AssistantManager(TenantManager["Assistant"]):
    def usable_by(self, member: Member) -> QuerySet["Assistant"]:
        """In the order in which they are offered: the organisation's default first. Guests need to be named."""
        named = names(Assistant, member)
        rows = self.filter(named if member.is_guest else Q(everyone=True) | named)
        return rows.filter(tenant=member.tenant, active=True).order_by("-standard", "name")


class Assistant(TenantModel):
    name = models.CharField(max_length=60)
    icon = models.CharField(max_length=12, choices=Icon, default=Icon.SPARK)
    description = models.CharField(
        max_length=200, blank=True, help_text="What it is good for, in a sentence. People see it."
    )
    instructions = models.TextField(
        blank=True,
        max_length=MOST_INSTRUCTIONS,
        help_text=(
            "How it answers: tone, language, what to stress, what to leave to others. People never see them. "
            "It answers from documents, with citations, in any case."
        ),
    )
    every_collection = models.BooleanField(
        "answers from every collection",
        default=True,
        help_text="That the asking person may read. Else from those below, and of them what that person may read.",
    )
    collections = models.ManyToManyField(Collection, blank=True, related_name="+")
    endpoint = models.ForeignKey(
        ModelEndpoint,
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="+",
        verbose_name="language model",
        help_text="Leave empty for the organisation's own choice.",
    )
    model = models.CharField(
        "model's name",
        max_length=120,
        blank=True,
        help_text="Another model at the same address. Leave empty for the one that is set there.",
    )
    temperature = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(2)],
        help_text="0 is sober, 1 lively. Leave empty for the model's own; some models take no other.",
    )
    openers = models.TextField(
        "opening questions",
        blank=True,
        max_length=2000,
        help_text="One a line, at most six. A click asks it.",
    )
    everyone = models.BooleanField(
        "everyone in the organisation may use it",
        default=False,
        help_text="All but guests. Else only the groups and people below.",
    )
    groups = models.ManyToManyField(Group, blank=True, related_name="+")
    people = models.ManyToManyField(User, blank=True, related_name="+", help_text="Guests as well.")
    active = models.BooleanField(
        default=True, help_text="Switched off it is archived: nobody can ask it, and what it answered stays."
    )
    standard = models.BooleanField(
        "default",
        default=False,
        help_text="Answers whoever may use it and has chosen none. An organisation has one at most.",
    )
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AssistantManager] = AssistantManager()  # type: ignore[misc]

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="assistant_name_once"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(standard=True), name="assistant_standard_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def opening_questions(self) -> list[str]:
        return [line.strip() for line in self.openers.splitlines() if line.strip()][:6]


class AssistantVersion(TenantModel):
    """What changes its answers, as it was from one save to the next. Never changed."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    instructions = models.TextField(blank=True)
    settings = models.JSONField(default=dict, help_text="See `versions.settings_of`.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assistant", "number"], name="assistant_version_once")
        ]

    def __str__(self) -> str:
        return f"Version {self.number}"
