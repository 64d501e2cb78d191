"""What assistants hold of people and organisations, for exports and deletions."""

from assistant.assistants.models import Assistant, AssistantVersion
from tenants.datarights.registry import Holding, hold


def register() -> None:
    hold(
        Holding(Assistant),
        Holding(Assistant.groups.through, tenant="assistant__tenant"),
        Holding(Assistant.people.through, goes=("user",), tenant="assistant__tenant"),
        Holding(Assistant.collections.through, tenant="assistant__tenant"),
        Holding(AssistantVersion, emptied=("author",)),
    )
