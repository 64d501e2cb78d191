"""What was asked with, for exports and deletions: it goes with the answer and the conversation."""

from django.db.models import Q

from chat.choices.models import AnswerChoice, ConversationChoice
from tenants.datarights.registry import Holding, hold


def register() -> None:
    hold(
        Holding(
            AnswerChoice,
            goes=("message__user",),
            private=True,
            left_out=Q(message__conversation__incognito=True),
        ),
        Holding(
            ConversationChoice,
            goes=("conversation__user",),
            private=True,
            left_out=Q(conversation__incognito=True),
        ),
    )
