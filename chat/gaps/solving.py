"""A gap that was closed by a verified answer."""

from uuid import UUID

from assistant.verified.models import VerifiedAnswer
from chat.gaps.models import GapState, KnowledgeGap
from tenants.access import Member
from tenants.actions import record


def solved_by(answer: VerifiedAnswer, gap: UUID, member: Member) -> None:
    """A verified answer was written for a gap. In a transaction."""
    rows = KnowledgeGap.objects.tended_by(member).filter(pk=gap)
    if rows.update(state=GapState.SOLVED, verified=answer):
        record("gap.state_changed", actor=member.user, subject=gap, after=GapState.SOLVED)
