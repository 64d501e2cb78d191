from django.apps import AppConfig


class VerifiedConfig(AppConfig):
    name = "assistant.verified"
    label = "verified"
    verbose_name = "Knowledge"

    def ready(self) -> None:
        from assistant.verified.models import VerifiedAnswer, VerifiedRevision, VerifiedWording
        from tenants.datarights.registry import Holding, hold

        hold(
            Holding(VerifiedAnswer, emptied=("author",)),
            Holding(VerifiedAnswer.sources.through, tenant="verifiedanswer__tenant"),
            Holding(VerifiedWording),
            Holding(VerifiedRevision, emptied=("author",)),
        )
