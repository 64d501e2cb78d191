"""Whatever is asked, asked again, edited and flipped: nothing is lost, and the model sees the path that is shown."""

from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.prompt import HISTORY_TURNS
from chat.branches import choose
from chat.models import Conversation, Message
from chat.presentation import message_list
from chat.tree import Node, Tree, end_of_path, tree_of
from tenants.ids import new_id
from tenants.scoping import tenant_scope
from tests.branches.conftest import Talk

STEPS = st.lists(
    st.tuples(st.sampled_from(["ask", "retry", "edit", "choose"]), st.integers(0, 40)), max_size=12
)


class Model:
    """What the conversation should be, by the plainest means."""

    def __init__(self) -> None:
        self.above: dict[UUID, UUID | None] = {}  # in the order they were written
        self.path: list[UUID] = []
        self.ends: list[UUID] = []

    def add(self, message: UUID, above: UUID | None) -> None:
        self.above[message] = above
        self.show(message)

    def show(self, message: UUID) -> None:
        self.path = self.way_to(message)
        self.ends.append(message)

    def way_to(self, message: UUID) -> list[UUID]:
        above = self.above[message]
        return [*(self.way_to(above) if above else []), message]

    def choose(self, message: UUID) -> None:
        """On to where one was last below it, else to what was written last."""
        while below := [key for key in self.above if message in self.way_to(key)[:-1]]:
            seen = [end for end in self.ends if end in below]
            message = (seen or below)[-1]
        self.show(message)


def take(step: str, number: int, talk: Talk, model: Model) -> None:
    questions = [key for key in model.above if len(model.way_to(key)) % 2]
    answers = [key for key in model.above if len(model.way_to(key)) % 2 == 0]
    if step == "ask" or not questions:
        above = model.path[-1] if model.path else None
        posted = talk.ask()
        model.add(posted.question, above)
    elif step == "retry":
        posted = talk.retry(answers[number % len(answers)])
    elif step == "edit":
        question = questions[number % len(questions)]
        posted = talk.edit(question)
        model.add(posted.question, model.above[question])
    else:
        message = list(model.above)[number % len(model.above)]
        with tenant_scope(talk.tenant.id):
            choose(message, talk.member)
        return model.choose(message)
    model.add(posted.answer, posted.question)
    told_exactly_the_path(posted.history, model, talk)
    return None


def told_exactly_the_path(history, model: Model, talk: Talk) -> None:
    with tenant_scope(talk.tenant.id):
        texts = dict(Message.objects.filter(conversation=talk.conversation).values_list("pk", "text"))
    before = model.path[:-2]
    pairs = [(texts[q], texts[a]) for q, a in zip(before[::2], before[1::2], strict=True)]
    assert [(turn.question, turn.answer) for turn in history] == pairs[-HISTORY_TURNS:]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_shown_path_is_valid_nothing_is_lost_and_the_model_sees_exactly_the_path(bobs, steps) -> None:
    talk, model = bobs(), Model()
    for step, number in steps:
        take(step, number, talk, model)
        with tenant_scope(talk.tenant.id):
            shown = message_list(talk.row, talk.member)
            stored = set(Message.objects.filter(conversation=talk.conversation).values_list("pk", flat=True))
        assert [item["id"] for item in shown] == [str(key) for key in model.path]
        assert stored == set(model.above)
        for item in shown:
            same = [key for key in model.above if model.above[key] == model.above[UUID(item["id"])]]
            assert item.get("versions", [item["id"]]) == [str(key) for key in same]


def legacy(turns: list[int]) -> tuple[list[Node], list[UUID]]:
    """Rows as they were before there were branches: so many answers to each question, and what the page showed."""
    nodes, shown = [], []
    for answers in turns:
        question = new_id()
        nodes.append(Node(question, True, None))
        nodes += [Node(new_id(), False, question) for _ in range(answers)]
        shown += [question, nodes[-1].id]
    return nodes, shown


@given(turns=st.lists(st.integers(1, 3), max_size=6), late=st.integers(0, 5))
def test_a_conversation_from_before_there_were_branches_is_shown_as_it_was(turns, late) -> None:
    nodes, shown = legacy(turns)
    assert Tree(nodes).path() == shown
    if turns:  # an early question was answered again at last
        question = shown[2 * (late % len(turns))]
        nodes.append(Node(new_id(), False, question))
        shown[shown.index(question) + 1] = nodes[-1].id
        assert Tree(nodes).path() == shown


def test_an_old_conversation_branches_without_moving_what_was_asked_in_it(bobs, talk, acme) -> None:
    """Its questions have no parents; a new answer to the first must not take the second along."""
    row = talk(("One?", "1", []), ("Two?", "2", []))
    bob = bobs()
    bob.conversation = row.pk
    with tenant_scope(acme.id):
        _, answer, second, _ = row.messages.order_by("id")
        assert not Message.objects.exclude(parent=None).exists()
    again = bob.retry(answer.pk)
    with tenant_scope(acme.id):
        assert [item["text"] for item in message_list(bob.row, bob.member)][0::2] == ["One?"]
        old = choose(answer.pk, bob.member)["messages"]
        assert [item["text"] for item in old] == ["One?", "1", "Two?", "2"]
        assert old[1]["versions"] == [str(answer.pk), str(again.answer)]
        assert tree_of(row.pk).parents[second.pk] == answer.pk
        assert end_of_path(row.pk) == row.messages.get(text="2").pk


def test_a_leaf_that_is_gone_leaves_the_newest_path(bobs, acme) -> None:
    talk = bobs()
    posted = talk.ask()
    with tenant_scope(acme.id):
        Conversation.objects.filter(pk=talk.conversation).update(leaves=[str(new_id())])
        assert [item["id"] for item in message_list(talk.row, talk.member)] == [
            str(posted.question),
            str(posted.answer),
        ]
