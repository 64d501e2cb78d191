"""Ratings, questions without a good answer, and the groups that these form by meaning.

A question's words are in its message and nowhere else: with the message, and so with the person, the conversation or
its age, the question goes from its group too.
"""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, QuerySet

from assistant.verified.models import VerifiedAnswer
from chat.models import AnswerPassage, Message
from ingestion.models import Collection
from tenants.access import Member
from tenants.models import User
from tenants.scoping import TenantManager, TenantModel


class Reason(models.TextChoices):
    WRONG = "wrong", "It is wrong"
    OUTDATED = "outdated", "It is outdated"
    NOT_FOUND = "not_found", "It does not answer my question"
    WRONG_SOURCE = "wrong_source", "The sources do not fit"
    UNCLEAR = "unclear", "It is hard to understand"
    OTHER = "other", "Something else"


class Feedback(TenantModel):
    """A thumb up or down for one answer. It stays with that answer when another one is written."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="feedback")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    helpful = models.BooleanField()
    reasons = models.JSONField(default=list)
    comment = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        abstract = False
        indexes: ClassVar = [models.Index(fields=["tenant", "created"], name="feedback_newest")]

    def __str__(self) -> str:
        return "Helpful" if self.helpful else "Not helpful"


class GapManager(TenantManager["KnowledgeGap"]):
    def tended_by(self, member: Member) -> QuerySet["KnowledgeGap"]:
        """Who tends chosen collections sees what is missing there; what belongs nowhere is for those who tend all."""
        rows = self.filter(tenant=member.tenant)
        if member.tends_all:
            return rows
        return rows.filter(collection__in=Collection.objects.tended_by(member))


class GapState(models.TextChoices):
    OPEN = "open", "Open"
    WORKING = "working", "In work"
    SOLVED = "solved", "Solved"
    DISMISSED = "dismissed", "Dismissed"


class KnowledgeGap(TenantModel):
    """Questions of one meaning that were not answered well."""

    state = models.CharField(max_length=10, choices=GapState, default=GapState.OPEN)
    collection = models.ForeignKey(
        Collection,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Where it belongs. At first, where the search came nearest.",
    )
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name="assigned to"
    )
    note = models.TextField(blank=True, help_text="For colleagues who tend the documents.")
    verified = models.ForeignKey(
        VerifiedAnswer, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    tried_at = models.DateTimeField("tried again", null=True, editable=False)
    tried = models.PositiveIntegerField(default=0, editable=False, help_text="Questions tried again.")
    now_answered = models.PositiveIntegerField(default=0, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects: ClassVar[GapManager] = GapManager()  # type: ignore[misc]

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "knowledge gap"
        indexes: ClassVar = [models.Index(fields=["tenant", "state"], name="gap_by_state")]

    def __str__(self) -> str:
        return f"Gap of {self.created:%d %B %Y}"


class GapQuestion(TenantModel):
    """A question that the documents did not answer, or whose answer displeased. `nearness` is why it is in its gap."""

    question = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="gap_question")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    gap = models.ForeignKey(KnowledgeGap, null=True, on_delete=models.SET_NULL, related_name="questions")
    unanswered = models.BooleanField(default=False)
    disliked = models.BooleanField(default=False)
    sent = models.BooleanField(
        default=False, help_text="Its asker lets those who tend the documents read it."
    )
    collection = models.ForeignKey(Collection, null=True, on_delete=models.SET_NULL, related_name="+")
    vector = models.TextField(blank=True, help_text="As `ingestion.vectors` packs it.")
    embedded_by = models.CharField(max_length=200, blank=True)
    nearness = models.FloatField(null=True, help_text="To the mean of the gap's questions, as a cosine.")
    created = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        abstract = False
        indexes: ClassVar = [
            models.Index(fields=["created"], condition=Q(gap=None), name="gap_question_waiting"),
            models.Index(fields=["tenant", "-created"], name="gap_question_newest"),
        ]

    def __str__(self) -> str:
        return f"Question of {self.created:%d %B %Y}"


class VerifiedCitation(TenantModel):
    """That a source of an answer was a verified answer, as it was then: name and date outlive it."""

    passage = models.OneToOneField(AnswerPassage, on_delete=models.CASCADE, related_name="verified")
    answer = models.ForeignKey(VerifiedAnswer, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField()
    author = models.CharField(max_length=120, blank=True)
    verified_on = models.DateField()

    class Meta(TenantModel.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"Verified answer of {self.verified_on}"


class FollowUps(TenantModel):
    """Questions to go on with, made once for an answer; they may be none."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="follow_ups")
    items = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"{len(self.items)} follow-up questions"


class AnswerRules(TenantModel):
    """One row an organisation. Without it, the defaults hold."""

    counting = models.BooleanField(
        "count questions that the documents do not answer",
        default=True,
        help_text=(
            "Without names, for those who tend the documents (Knowledge → Knowledge gaps). Incognito conversations "
            "never count. People are told so under an answer that finds nothing."
        ),
    )
    people = models.PositiveSmallIntegerField(
        "people from whom on wordings are shown",
        default=3,
        validators=[MinValueValidator(2), MaxValueValidator(100)],
        help_text="Until so many people have asked alike, only wordings that their askers sent are shown.",
    )
    follow_ups = models.BooleanField(
        "suggest follow-up questions",
        default=True,
        help_text="Two or three under an answer, from sources that the person may read.",
    )

    class Meta(TenantModel.Meta):
        abstract = False
        verbose_name = "answer rules"
        verbose_name_plural = "answer rules"
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant"], name="answer_rules_once")]

    def __str__(self) -> str:
        return "Answer rules"
