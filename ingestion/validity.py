"""What a reader should know about the age of a source: from when it is, who tends it, what speaks against it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from ingestion.days import in_words, today
from ingestion.models import DocumentVersion
from tenants.access import Member


@dataclass(frozen=True)
class Mark:
    """Something that weakens a source, by code for the look and in words for people."""

    code: str  # expired, overdue or replaced
    text: str


@dataclass(frozen=True)
class Standing:
    """What a source is worth: which version, since when, who tends it, and what speaks against it."""

    version: int
    updated: datetime
    owner: str = ""
    valid_until: date | None = None
    review_on: date | None = None
    as_of: date | None = None  # the day the question was about; None is always today
    newer: int | None = None  # the version that has taken its place,
    newer_since: datetime | None = None

    @property
    def expired_on(self) -> date | None:
        """The last day on which the document held, when that has passed."""
        asked = self.as_of or today()
        return self.valid_until if self.valid_until and self.valid_until < asked else None

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Worst first."""
        found = []
        if self.expired_on:
            found.append(Mark("expired", _("Expired on {day}").format(day=in_words(self.expired_on))))
        if self.review_on and not self.as_of and self.review_on < today():
            found.append(
                Mark("overdue", _("Review overdue since {day}").format(day=in_words(self.review_on)))
            )
        if self.newer:
            words = _("A newer version exists: version {number}")
            if self.newer_since:
                words = _("A newer version exists: version {number}, since {day}")
            day = in_words(self.newer_since) if self.newer_since else ""
            found.append(Mark("replaced", words.format(number=self.newer, day=day)))
        return tuple(found)


def standing_of(version: DocumentVersion, member: Member, *, as_of: date | None = None) -> Standing:
    """As the member is told of it; with the version's document, its owner and its current version loaded."""
    document = version.document
    current = document.current_version
    newer = current if current and current.number > version.number else None
    owner = document.owner
    return Standing(
        version=version.number,
        updated=version.effective_from or version.created,
        owner=owner.get_full_name() if owner and owner.is_active and not member.is_guest else "",
        valid_until=document.valid_until,
        review_on=document.review_on,
        as_of=as_of,
        newer=newer.number if newer else None,
        newer_since=(newer.effective_from or newer.created) if newer else None,
    )
