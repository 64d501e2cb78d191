"""Conversations of a member that a browser opens: one as people have them, and one of hundreds of long messages."""

import argparse
import json

from django.utils import timezone

from benchmarks.inside.people import session_cookie
from benchmarks.inside.places import benchmark_tenant
from chat.models import Conversation, Message
from tenants.actions import add_member
from tenants.models import Role, User
from tenants.scoping import tenant_scope

USUAL = """You get **16 weeks** of parental leave at full pay. It is taken

- in one piece, or
- in up to three pieces within two years.

| Place | A night | Why |
|---|--:|---|
| Oslo | 180 | far |
| Rome | 140 | warm |

Tell your manager eight weeks ahead; People & Culture confirms within five days."""
HEAVY = (
    USUAL
    + """

```python
def weeks(days: int) -> float:
    return days / 5
```

The mean is $\\bar x = \\frac{1}{n} \\sum_i x_i$."""
)
SENTENCE = (
    "The **handbook** says that whoever travels for work keeps every receipt and hands it in within a month. "
)
LONG = "\n\n".join(
    [f"## Part\n\n{SENTENCE * 4}", "- one item\n- another `item`\n- a third", SENTENCE * 6, SENTENCE * 5]
)


def conversation(user: User, title: str, turns: int, answer: str) -> str:
    row = Conversation.objects.create(user=user, title=title)
    for turn in range(turns):
        asked = Message.objects.create(
            conversation=row, user=user, role="question", text=f"What about part {turn}?"
        )
        Message.objects.create(
            conversation=row,
            user=user,
            role="answer",
            question=asked,
            text=answer,
            finished_at=timezone.now(),
        )
    return str(row.pk)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("messages", type=int)
    tenant = benchmark_tenant()
    user = add_member(tenant, email="reader@benchmark.example", name="Reader", role=Role.MEMBER)
    with tenant_scope(tenant.id):
        usual = conversation(user, "Parental leave", 2, USUAL)
        heavy = conversation(user, "Means of weeks", 2, HEAVY)
        long = conversation(user, "All of the handbook", parser.parse_args().messages // 2, LONG)
    print(json.dumps({"cookie": session_cookie(user), "usual": usual, "heavy": heavy, "long": long}))


if __name__ == "__main__":
    main()
