"""What an organisation has decided about gaps and follow-up questions. In its scope."""

from chat.gaps.models import AnswerRules


def rules() -> AnswerRules:
    """The row, or the defaults, which are not saved."""
    return AnswerRules.objects.first() or AnswerRules()


def page_config() -> dict[str, object]:
    """What the chat page is told of them."""
    row = rules()
    return {"counting": row.counting, "people": row.people, "follow_ups": row.follow_ups}
