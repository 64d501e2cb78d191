"""Nothing is held about a person, or for an organisation, that export and deletion do not know of."""

from django.apps import apps
from django.db.models import ForeignKey

from tenants.datarights import registry
from tenants.models import User
from tenants.row_security import tenant_models

SUSPICIOUS = ("secret", "key", "hash", "password", "token", "encrypted")
HARMLESS = {
    "tenants.AuditEvent.hash": "proves the log, and is public by design",
    "audit.AuditChain.hash": "the same",
    "audit.AuditChain.anchor_hash": "the same",
    "scim.ScimUser.user_name_key": "the user name in lower case",
    "scim.ScimUser.email_keys": "addresses in lower case",
    "sources.SourceItem.key": "how the source names a document",
    "ingestion.Passage.tokens": "a count",
    "ingestion.Passage.content_hash": "of the passage's text",
    "assistant.ModelEndpoint.max_answer_tokens": "a count",
}


def held() -> dict[str, registry.Holding]:
    return {entry.label: entry for entry in registry.holdings()}


def test_every_tenant_owned_model_and_its_links_are_held() -> None:
    links = [
        field.remote_field.through for model in tenant_models() for field in model._meta.local_many_to_many
    ]
    assert {model._meta.label for model in [*tenant_models(), *links]} == {
        entry.label for entry in registry.of_tenants()
    }


def test_every_reference_to_a_person_goes_or_is_emptied_or_says_why_it_stays() -> None:
    unknown = []
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and field.related_model is User:
                entry = held().get(model._meta.label)
                if entry is None or not (entry.stays or field.name in (*entry.goes, *entry.emptied)):
                    unknown.append(f"{model._meta.label}.{field.name}")
    assert unknown == []


def test_no_column_that_sounds_like_a_secret_is_exported_unnamed() -> None:
    exported = {
        f"{entry.label}.{field.attname}"
        for entry in registry.of_tenants()
        for field in entry.model._meta.concrete_fields
        if field.attname not in entry.secret and any(word in field.attname for word in SUSPICIOUS)
    }
    assert exported == set(HARMLESS)


def test_what_is_a_persons_own_words_is_private() -> None:
    private = {entry.label for entry in registry.holdings() if entry.private}
    assert private == {
        "attachments.Attachment",
        "chat.Conversation",
        "chat.Message",
        "chat.AnswerPassage",
        "choices.AnswerChoice",
        "choices.ConversationChoice",
        "search.SearchText",
        "sharing.Share",
        "rail.Tag",
        "rail.Tag_conversations",
        "prompts.SavedPrompt",
        "gaps.Feedback",
        "gaps.FollowUps",
        "gaps.GapQuestion",
        "gaps.VerifiedCitation",
    }
