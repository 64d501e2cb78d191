from django.apps import AppConfig


class GapsConfig(AppConfig):
    name = "chat.gaps"
    label = "gaps"
    verbose_name = "Knowledge"

    def ready(self) -> None:
        from chat.gaps import signals  # noqa: F401  a deletion leaves the last readers
        from chat.gaps.models import (
            AnswerRules,
            Feedback,
            FollowUps,
            GapQuestion,
            KnowledgeGap,
            VerifiedCitation,
        )
        from tenants.datarights.registry import Holding, hold

        hold(
            Holding(Feedback, goes=("user",), private=True),
            Holding(GapQuestion, goes=("user",), private=True),
            Holding(KnowledgeGap, emptied=("assignee",)),
            Holding(VerifiedCitation, goes=("passage__message__user",), private=True),
            Holding(FollowUps, goes=("message__user",), private=True),
            Holding(AnswerRules),
        )
