"""What `chat` holds of people and organisations, for exports and deletions."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from chat.models import AnswerPassage, Conversation, Message, MessageRole
from chat.prompts.models import OfferedPrompt, SavedPrompt
from chat.rail.models import Tag
from chat.retention import due
from chat.search.models import SearchText
from chat.sharing.models import Share, SharingRules
from chat.sources import may_read, with_sources
from ingestion.access import Reach, reach_of
from tenants.access import Member
from tenants.datarights.archive import Archive
from tenants.datarights.registry import Holding, Section, Subject, add, hold, preview
from tenants.models import Role

NOTHING = Reach(frozenset(), frozenset(), frozenset())
OWN_EXPLAINED = "Your saved prompts, and the tags of your conversations."
EXPLAINED = "Questions and answers, as JSON for programs and as Markdown to be read."


def register() -> None:
    hold(
        Holding(Conversation, goes=("user",), private=True, left_out=Q(incognito=True)),
        Holding(Message, goes=("user",), private=True, left_out=Q(conversation__incognito=True)),
        Holding(
            AnswerPassage,
            goes=("message__user",),
            private=True,
            left_out=Q(message__conversation__incognito=True),
        ),
        Holding(SearchText, goes=("user",), private=True),
        Holding(Share, goes=("conversation__user",), secret=("key",), private=True),
        Holding(Share.groups.through, tenant="share__tenant"),
        Holding(Share.people.through, goes=("user",), tenant="share__tenant"),
        Holding(SharingRules),
        Holding(Tag, goes=("user",), private=True),
        Holding(Tag.conversations.through, goes=("tag__user",), tenant="tag__tenant", private=True),
        Holding(SavedPrompt, goes=("user",), private=True),
        Holding(OfferedPrompt),
    )
    preview["conversations"] = lambda tenant, days: due(tenant, days).count()
    add(Section("conversations/", EXPLAINED, write_conversations, quotes_fit, own_only=True))
    add(Section("prompts-and-tags.json", OWN_EXPLAINED, write_own, own_only=True))


def write_conversations(subject: Subject, archive: Archive) -> Iterable[str]:
    """Every answer and question of every branch, with the quotes that the person may read at this moment.

    Deleted conversations that are not gone yet are the person's data still, and say so. Returns one answer's passage
    for each document that is quoted: by it `quotes_fit` asks again.
    """
    # Here and not above: this module is loaded by every process, and what answers questions by few.
    from chat.gaps.shown import RELATED, own_extras
    from chat.presentation import answer_item, question_item
    from chat.tree import tree_of

    member = subject.member or _nobody(subject)
    reach = reach_of(subject.member) if subject.member else NOTHING
    quoted: dict[Any, str] = {}
    rows = Conversation.objects.filter(user=subject.user, incognito=False).order_by("created", "pk")
    for row in rows.iterator(chunk_size=100):
        items = []
        tree = tree_of(row.pk)
        shown = set(tree.path())
        for message in row.messages.select_related(*RELATED).prefetch_related(with_sources()):
            if message.role == MessageRole.QUESTION:
                asked_after = tree.parents[message.pk]
                after = {"asked_after": str(asked_after) if asked_after else None}
                items.append(question_item(message) | after | {"shown": message.pk in shown})
                continue
            about = {"model": message.model_name, "shown": message.pk in shown}
            items.append(answer_item(message, member, reach) | own_extras(message) | about)
            for passage in message.passages.all():
                if may_read(passage, reach):
                    of = passage.version.document_id if passage.version else passage.collection_id
                    quoted.setdefault(of, str(passage.pk))
        told = {
            "id": row.pk, "title": row.title, "created": row.created, "updated": row.updated,
            "deleted": row.deleted_at, "messages": items,
        }  # fmt: skip
        name = f"conversations/{row.created:%Y-%m-%d}-{row.pk}"
        archive.json(f"{name}.json", told)
        archive.text(f"{name}.md", as_markdown(row, items))
    return quoted.values()


def write_own(subject: Subject, archive: Archive) -> Iterable[str]:
    prompts = SavedPrompt.objects.filter(user=subject.user).order_by("created")
    tags = Tag.objects.filter(user=subject.user).prefetch_related("conversations").order_by("created")
    told = {
        "prompts": list(prompts.values("name", "text", "created", "deleted_at")),
        "tags": [
            {
                "name": tag.name,
                "colour": tag.colour,
                "conversations": [row.pk for row in tag.conversations.all() if not row.incognito],
            }
            for tag in tags
        ],
    }
    archive.json("prompts-and-tags.json", told)
    return ()


def as_markdown(row: Conversation, items: list[dict[str, Any]]) -> str:
    parts = [f"# {row.title}", f"{row.created:%d %B %Y, %H:%M} UTC"]
    for item in items:
        if item["role"] == "question":
            as_of = f" (as of {item['as_of']})" if item["as_of"] else ""
            parts.append(f"## Question{as_of}{_beside(item)}\n\n{item['text']}")
            continue
        parts.append(f"### Answer{_beside(item)}\n\n{item['text'] or '(no text)'}")
        parts += [_source(citation) for citation in item["citations"]]
    return "\n\n".join(parts) + "\n"


def _beside(item: dict[str, Any]) -> str:
    return "" if item["shown"] else " (in another branch)"


def _source(citation: dict[str, Any]) -> str:
    page = f", page {citation['page']}" if citation["page"] else ""
    quote = " ".join(citation["quote"].split())
    return f"[{citation['marker']}] {citation['title']}{page}" + (f"\n> {quote}" if quote else "")


def quotes_fit(subject: Subject, sources: list[str]) -> bool:
    if subject.member is None:
        return False
    reach = reach_of(subject.member)
    rows = list(AnswerPassage.objects.filter(pk__in=sources).select_related("version__document"))
    return len(rows) == len(sources) and all(may_read(row, reach) for row in rows)


def _nobody(subject: Subject) -> Member:
    """Somebody who has left: they may read nothing, and their own words are theirs."""
    user = subject.user
    return Member(user.pk, subject.tenant, Role.MEMBER, user.get_full_name(), user.email, "")
