"""What a verified answer is worth today, in the terms of any other source."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone

from assistant.verified.models import VerifiedAnswer
from ingestion.days import in_words
from ingestion.validity import Mark, Standing
from tenants.access import Member


@dataclass(frozen=True)
class VerifiedStanding(Standing):
    retired_on: date | None = None

    @property
    def marks(self) -> tuple[Mark, ...]:
        retired = [Mark("expired", f"Retired on {in_words(self.retired_on)}")] if self.retired_on else []
        return (*retired, *super().marks)


def at_midday(day: date) -> datetime:
    """A moment of the day, for where a day alone will not do: the same day in most of the world."""
    return timezone.make_aware(datetime.combine(day, time(12)))


def standing_of_verified(answer: VerifiedAnswer, member: Member) -> VerifiedStanding:
    """As it is now. Guests are not told who works here."""
    author = answer.author.get_full_name() if answer.author and not member.is_guest else ""
    return VerifiedStanding(
        version=answer.version,
        updated=at_midday(answer.verified_on),
        owner=author,
        review_on=answer.review_on,
        retired_on=answer.retired_at.date() if answer.retired_at else None,
    )
