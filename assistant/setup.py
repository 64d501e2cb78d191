"""How a question is to be answered: by whose instructions, and from which part of what the person may read."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from assistant.endpoints import Endpoint, current_endpoint, endpoint_of
from assistant.errors import ModelSwitchedOff
from assistant.models import ModelEndpoint
from ingestion.days import end_of
from ingestion.models import Passage


@dataclass(frozen=True)
class Setup:
    """An assistant as it is at the moment of asking. `collections` None is all; `endpoint` None the organisation's."""

    instructions: str = ""
    collections: frozenset[UUID] | None = None
    endpoint: UUID | None = None
    model: str = ""
    temperature: float | None = None


@dataclass(frozen=True)
class Within:
    """What the person narrowed the search to. No collections is all; days include both ends."""

    collections: frozenset[UUID] = frozenset()
    dated_from: date | None = None
    dated_until: date | None = None

    def __bool__(self) -> bool:
        return bool(self.collections or self.dated_from or self.dated_until)


PLAIN = Setup()
ANYWHERE = Within()


def endpoint_for(setup: Setup) -> Endpoint | None:
    """Raises ModelSwitchedOff: another model than the chosen one must not answer unnoticed."""
    if setup.endpoint is None:
        endpoint = current_endpoint()
    else:
        row = ModelEndpoint.objects.filter(pk=setup.endpoint, active=True).first()
        if row is None:
            raise ModelSwitchedOff
        endpoint = endpoint_of(row)
    if endpoint is None:
        return None
    return replace(endpoint, model=setup.model or endpoint.model, temperature=setup.temperature)


def narrowed(collections: list[UUID], setup: Setup, within: Within) -> list[UUID]:
    """Of the collections that the person may read, those to search in."""
    return [
        each
        for each in collections
        if (setup.collections is None or each in setup.collections)
        and (not within.collections or each in within.collections)
    ]


def only_within(passages: "QuerySet[Passage]", setup: Setup, within: Within) -> "QuerySet[Passage]":
    """The same said to the database. A document's day is the first on which it holds, if somebody entered one, else
    that on which the version came into effect.
    """
    if setup.collections is not None:
        passages = passages.filter(version__document__collection__in=setup.collections)
    if within.collections:
        passages = passages.filter(version__document__collection__in=within.collections)
    entered, came = "version__document__valid_from", "version__effective_from"
    if first := within.dated_from:
        moment = end_of(first - timedelta(days=1))
        passages = passages.filter(
            Q(**{f"{entered}__gte": first}) | Q(**{entered: None, f"{came}__gte": moment})
        )
    if last := within.dated_until:
        moment = end_of(last)
        passages = passages.filter(
            Q(**{f"{entered}__lte": last}) | Q(**{entered: None, f"{came}__lt": moment})
        )
    return passages
