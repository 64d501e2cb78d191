"""Writes about shared conversations, each audited."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.errors import ChatError
from chat.models import AnswerPassage, Conversation, Message, MessageRole
from chat.sharing.access import groups_of, partner, require_sharing
from chat.sharing.models import Share
from chat.sharing.shown import Turn, readable_turns, turns
from chat.tree import end_of_path
from tenants.access import Member
from tenants.actions import record
from tenants.models import Group, User

MOST_PEOPLE = 50
SOURCE = [
    field.attname for field in AnswerPassage._meta.concrete_fields if field.name not in ("id", "message")
]


@dataclass(frozen=True)
class Audience:
    """Whom the owner names: every member, or people by their addresses and groups by their ids."""

    everyone: bool = True
    emails: Sequence[str] = ()
    groups: Sequence[UUID] = ()


def share_conversation(conversation: Conversation, audience: Audience, member: Member) -> Share:
    """Make its link, or change who can open it. What the link shows stays as it was. Raises ChatError."""
    require_sharing(member)
    if conversation.incognito:
        raise ChatError(_("An incognito conversation cannot be shared."), code="incognito")
    leaf = end_of_path(conversation.pk)
    if not turns(conversation, timezone.now(), leaf):
        raise ChatError(_("There is no finished answer to share yet."), code="nothing_to_share")
    people, groups = ([], []) if audience.everyone else _named(audience, member)
    with transaction.atomic():
        share: Share
        share, made = Share.objects.get_or_create(
            conversation=conversation, defaults={"title": conversation.title, "leaf": leaf}
        )
        share.everyone = audience.everyone
        share.save(update_fields=["everyone"])
        share.people.set(people)
        share.groups.set(groups)
        record("conversation.shared" if made else "conversation.share_changed", **_told(share, member))
    return share


def _named(audience: Audience, member: Member) -> tuple[list[User], list[Group]]:
    """Colleagues, and groups that one is in oneself: nobody learns here who else there is."""
    if len(audience.emails) > MOST_PEOPLE:
        raise ChatError(
            _("At most {count} people can be named. Choose a group.").format(count=MOST_PEOPLE),
            code="too_many",
        )
    people = []
    for email in audience.emails:
        found = partner(email, member)
        if found is None:
            raise ChatError(
                _("Nobody in your organisation has the address {email}.").format(email=email),
                code="unknown_person",
            )
        people.append(found)
    groups = list(groups_of(member).filter(pk__in=audience.groups))
    if len(groups) < len(set(audience.groups)):
        raise ChatError(_("You can share with groups that you are in yourself."), code="unknown_group")
    if not people and not groups:
        raise ChatError(_("Name somebody, or choose a group."), code="nobody_named")
    return people, groups


def update_share(share: Share, member: Member) -> None:
    """Let it show the conversation as it is now."""
    require_sharing(member)
    with transaction.atomic():
        share.title, share.shown_until = share.conversation.title, timezone.now()
        share.leaf = end_of_path(share.conversation_id)
        share.save(update_fields=["title", "shown_until", "leaf"])
        record("conversation.share_updated", **_told(share, member))


def withdraw_share(share: Share, member: Member) -> None:
    with transaction.atomic():
        told = _told(share, member)
        share.delete()
        record("conversation.share_withdrawn", **told)


def note_opened(share: Share, member: Member, *, answers: Sequence[str]) -> None:
    """Who read what: the ids of the answers that were shown. `answer.sources` names the passages of each."""
    record(
        "conversation.share_opened",
        actor=member.user,
        subject=share.conversation_id,
        owner=share.conversation.user_id,
        answers=answers,
    )


def _told(share: Share, member: Member) -> dict[str, Any]:
    """The audience by name; nothing of what the conversation says, nor the link."""
    people = share.people.order_by("email").values_list("email", flat=True)
    return {
        "actor": member.user,
        "subject": share.conversation_id,
        "everyone": share.everyone,
        "people": list(people),
        "groups": list(share.groups.values_list("name", flat=True)),
        "shown_until": share.shown_until.isoformat(),
    }


def continue_share(share: Share, member: Member) -> Conversation:
    """A conversation of the reader's own with what they may read of this one."""
    shown = readable_turns(share, member)
    if not shown:
        raise ChatError(
            "There is no answer here that you may read. Ask the questions yourself.", code="nothing_shown"
        )
    with transaction.atomic():
        conversation = Conversation.objects.create(user_id=member.user, title=share.title)
        for turn in shown:
            _copy_turn(turn, conversation, member)
        record(
            "conversation.share_continued",
            actor=member.user,
            subject=conversation.pk,
            source=share.conversation_id,
        )
    return conversation


def _copy_turn(turn: Turn, conversation: Conversation, member: Member) -> None:
    """Without what it cost: that was paid once."""
    question, answer = turn
    own = {"conversation": conversation, "user_id": member.user, "as_of": answer.as_of}
    asked = Message.objects.create(role=MessageRole.QUESTION, text=question.text, **own)
    fields = ("text", "status", "error_code", "error", "notice", "model_name", "finished_at", "differs")
    answered = Message.objects.create(
        role=MessageRole.ANSWER, question=asked, **{name: getattr(answer, name) for name in fields}, **own
    )
    AnswerPassage.objects.bulk_create(
        AnswerPassage(message=answered, **{name: getattr(row, name) for name in SOURCE})
        for row in answer.passages.all()
    )
