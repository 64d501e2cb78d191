"""Which language model answers for an organisation."""

from dataclasses import dataclass

from django.conf import settings

from assistant.events import Usage
from assistant.models import ModelEndpoint


@dataclass(frozen=True)
class Endpoint:
    """Prices are per million tokens; `context_window` and `max_answer_tokens` in tokens."""

    name: str
    url: str
    key: str
    model: str
    context_window: int
    max_answer_tokens: int
    input_price: float = 0.0
    output_price: float = 0.0
    temperature: float | None = None  # None is the model's own

    def usage(self, *, input_tokens: int, output_tokens: int) -> Usage:
        cost = (input_tokens * self.input_price + output_tokens * self.output_price) / 1_000_000
        return Usage(input_tokens=input_tokens, output_tokens=output_tokens, cost=round(cost, 6))


def current_endpoint() -> Endpoint | None:
    """The newest active model of the scope's tenant, else the one in the settings, else None (quote mode)."""
    row = ModelEndpoint.objects.filter(active=True).first()
    if row:
        return endpoint_of(row)
    if not settings.CHAT_URL:
        return None
    return Endpoint(
        name=settings.CHAT_MODEL,
        url=settings.CHAT_URL,
        key=settings.CHAT_KEY,
        model=settings.CHAT_MODEL,
        context_window=settings.CHAT_CONTEXT_WINDOW,
        max_answer_tokens=1500,
    )


def endpoint_of(row: ModelEndpoint) -> Endpoint:
    return Endpoint(
        name=row.name,
        url=row.url,
        key=row.key,
        model=row.model,
        context_window=row.context_window,
        max_answer_tokens=row.max_answer_tokens,
        input_price=float(row.input_price),
        output_price=float(row.output_price),
    )
