"""Each save that changes answers makes a version; going back to one makes another, so that nothing is lost."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from assistant.assistants.models import Assistant, AssistantVersion
from assistant.models import ModelEndpoint
from ingestion.models import Collection
from tenants.actions import record

LABELS = {
    "every_collection": "Answers from every collection",
    "collections": "Collections",
    "endpoint": "Language model",
    "model": "Model's name",
    "temperature": "Temperature",
}


def settings_of(assistant: Assistant) -> dict[str, Any]:
    """By id and name: names so that a version can be read when what it names is gone."""
    return {
        "every_collection": assistant.every_collection,
        "collections": [{"id": str(c.pk), "name": c.name} for c in assistant.collections.order_by("name")],
        "endpoint": {"id": str(assistant.endpoint.pk), "name": assistant.endpoint.name}
        if assistant.endpoint
        else None,
        "model": assistant.model,
        "temperature": assistant.temperature,
    }


def current_version(assistant: UUID) -> AssistantVersion | None:
    return AssistantVersion.objects.filter(assistant=assistant).first()


def note_version(assistant: Assistant, *, author: UUID, note: str = "") -> AssistantVersion | None:
    """The new version, or None when nothing that changes answers has changed."""
    with transaction.atomic():
        Assistant.objects.select_for_update().get(pk=assistant.pk)  # numbers are given one after the other
        settings, last = settings_of(assistant), current_version(assistant.pk)
        if last and (last.instructions, last.settings) == (assistant.instructions, settings):
            return None
        numbers = AssistantVersion.objects.filter(assistant=assistant).aggregate(last=Max("number"))
        version: AssistantVersion = AssistantVersion.objects.create(
            assistant=assistant,
            number=(numbers["last"] or 0) + 1,
            author_id=author,
            note=note,
            instructions=assistant.instructions,
            settings=settings,
        )
        return version


def restore_version(version: AssistantVersion, *, author: UUID) -> AssistantVersion | None:
    """As that version was, but for collections and models that are gone. None when it is so already."""
    assistant, settings = version.assistant, version.settings
    with transaction.atomic():
        before = current_version(assistant.pk)
        assistant.instructions = version.instructions
        assistant.every_collection = settings["every_collection"]
        endpoint = settings["endpoint"]
        assistant.endpoint = ModelEndpoint.objects.filter(pk=endpoint["id"]).first() if endpoint else None
        assistant.model, assistant.temperature = settings["model"], settings["temperature"]
        assistant.save()
        kept = Collection.objects.filter(pk__in=[c["id"] for c in settings["collections"]])
        assistant.collections.set(kept)
        made = note_version(assistant, author=author, note=f"Back to version {version.number}")
        if made:
            record(
                "assistant.restored",
                actor=author,
                subject=assistant.pk,
                name=assistant.name,
                before={"version": before.number if before else None},
                after={"version": made.number, "as": version.number},
            )
        return made


def changed_settings(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(what, before, after) of those that differ."""
    return [
        (label, in_words(old.get(key)), in_words(new.get(key)))
        for key, label in LABELS.items()
        if old.get(key) != new.get(key)
    ]


def in_words(value: Any) -> str:
    match value:
        case None | "" | []:
            return "–"
        case bool():
            return "yes" if value else "no"
        case {"name": name}:
            return str(name)
        case list():
            return ", ".join(in_words(each) for each in value)
    return str(value)
