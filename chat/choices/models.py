"""What a question was asked with, kept beside the answer and so readable when the assistant or collection is gone."""

from django.db import models

from assistant.assistants.models import Assistant, AssistantVersion
from chat.models import Conversation, Message
from tenants.scoping import TenantModel


class AnswerChoice(TenantModel):
    """Of one answer; none where nothing was chosen."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="choice")
    assistant = models.ForeignKey(Assistant, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.ForeignKey(
        AssistantVersion, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Which wrote it."
    )
    name = models.CharField(max_length=60, blank=True, help_text="The assistant's, at that time.")
    icon = models.CharField(max_length=12, blank=True)
    collections = models.JSONField(default=list, help_text="[{id, name}] as chosen; empty is all.")
    dated_from = models.DateField(null=True)
    dated_until = models.DateField(null=True)

    class Meta(TenantModel.Meta):
        abstract = False

    def __str__(self) -> str:
        return self.name


class ConversationChoice(TenantModel):
    """The assistant that was asked last, for the conversation's head and its place in the list."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="choice")
    assistant = models.ForeignKey(Assistant, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=60)
    icon = models.CharField(max_length=12)

    class Meta(TenantModel.Meta):
        abstract = False

    def __str__(self) -> str:
        return self.name
