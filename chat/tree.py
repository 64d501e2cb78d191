"""A conversation as a tree: which messages are versions of each other, and which path through them is shown.

An answer hangs on its question. A question hangs on the answer that it was asked after; one that was edited hangs
where the question it replaces hangs. Of a first question that was edited, `parent` is that first question.

Questions from before there were branches have no parent: each follows the newest answer of the one before it, as it was
shown then. `fix_parents` writes that down before a conversation branches.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q

from chat.models import Conversation, Message, MessageRole, MessageStatus

MOST_LEAVES = 50  # remembered of a conversation
ENDED_EARLY = (MessageStatus.FAILED, MessageStatus.INTERRUPTED, MessageStatus.STOPPED)


@dataclass(frozen=True)
class Node:
    """`above` is the question of an answer, and the parent of a question. `empty` is an answer that came to nothing."""

    id: UUID
    is_question: bool
    above: UUID | None
    empty: bool = False


class Tree:
    """`leaves` are the ends of the paths that were shown, the last one last."""

    def __init__(self, nodes: Iterable[Node], leaves: Iterable[UUID] = ()) -> None:
        self._nodes = {node.id: node for node in nodes}
        self.parents: dict[UUID, UUID | None] = {}
        self._children: dict[UUID | None, list[UUID]] = defaultdict(list)
        self._place_all()
        self._shown = {leaf: turn for turn, leaf in enumerate(leaves)}
        self._latest = self._latest_below()

    def _place_all(self) -> None:
        answers: dict[UUID, UUID] = {}  # question -> its newest answer
        for node in self._nodes.values():
            if not node.is_question and node.above:
                answers[node.above] = node.id
        before: UUID | None = None
        for node in self._nodes.values():
            parent = self._parent(node, before)
            self.parents[node.id] = parent
            self._children[parent].append(node.id)
            if node.is_question:
                before = answers.get(node.id, before)

    def _parent(self, node: Node, before: UUID | None) -> UUID | None:
        above = self._nodes.get(node.above) if node.above else None
        if not node.is_question:
            return above.id if above else None
        if node.above is None:
            return before
        if above and above.is_question:
            return self.parents.get(above.id)
        return above.id if above else None

    def _latest_below(self) -> dict[UUID, tuple[int, UUID]]:
        """Of each message's subtree, the turn in which it was last shown, and its newest message."""
        latest = {key: (self._shown.get(key, -1), key) for key in self._nodes}
        for key in reversed(self._nodes):
            parent = self.parents[key]
            if parent:
                latest[parent] = max(latest[parent], latest[key])
        return latest

    def __contains__(self, message: UUID) -> bool:
        return message in self._nodes

    def path(self, through: UUID | None = None) -> list[UUID]:
        """What is shown, or would be `through` a message: at each fork where people were last, else the newest."""
        path = [*self.above(through), through] if through else []
        while below := self._children.get(path[-1] if path else None):
            path.append(max(below, key=self._latest.__getitem__))
        return path

    def above(self, message: UUID) -> list[UUID]:
        """What stands before a message on every path through it, first question first."""
        path: list[UUID] = []
        at = self.parents[message]
        while at:
            path.append(at)
            at = self.parents[at]
        return path[::-1]

    def versions(self, message: UUID) -> list[UUID]:
        """The message among those that stand in its place, oldest first; without answers that came to nothing."""
        same = self._children[self.parents[message]]
        return [key for key in same if key == message or not self._nodes[key].empty]

    def answers(self, question: UUID) -> list[UUID]:
        return list(self._children.get(question, ()))

    def last_answer(self, path: Sequence[UUID]) -> UUID | None:
        """What a new question is asked after."""
        return next((key for key in reversed(path) if not self._nodes[key].is_question), None)


def tree_of(conversation: UUID) -> Tree:
    blank = ExpressionWrapper(Q(text=""), output_field=BooleanField())
    rows = Message.objects.filter(conversation=conversation).order_by("id")
    found = rows.annotate(blank=blank).values_list("id", "role", "question", "parent", "status", "blank")
    nodes = [
        Node(
            key,
            role == MessageRole.QUESTION,
            parent if role == MessageRole.QUESTION else question,
            blank and status in ENDED_EARLY,
        )
        for key, role, question, parent, status, blank in found
    ]
    return Tree(nodes, _leaves(conversation))


def _leaves(conversation: UUID) -> list[UUID]:
    kept = Conversation.objects.filter(pk=conversation).values_list("leaves", flat=True).first()
    return [UUID(leaf) for leaf in kept or ()]


def end_of_path(conversation: UUID) -> UUID | None:
    return next(reversed(tree_of(conversation).path()), None)


def show_branch(conversation: UUID, leaf: UUID) -> None:
    """From now on the path to `leaf` is the one that is shown and continued. The conversation's row must be locked."""
    leaves = [key for key in _leaves(conversation) if key != leaf][1 - MOST_LEAVES :]
    Conversation.objects.filter(pk=conversation).update(leaves=[str(key) for key in (*leaves, leaf)])


def lock(conversation: UUID) -> None:
    """To the end of the transaction, so that of several tabs each sees what the one before it did."""
    list(Conversation.objects.select_for_update().filter(pk=conversation).values_list("pk"))


def fix_parents(conversation: UUID, tree: Tree) -> None:
    """Write down what the questions from before there were branches follow, which a new version would change."""
    rows = Message.objects.filter(conversation=conversation, role=MessageRole.QUESTION, parent=None)
    for key in rows.values_list("pk", flat=True):
        if parent := tree.parents[key]:
            Message.objects.filter(pk=key).update(parent=parent)


@dataclass(frozen=True)
class Versions:
    """A question and an answer, each among those that stand in its place."""

    question: tuple[UUID, ...]
    answer: tuple[UUID, ...]


def versions_of(question: Message, answer: UUID) -> Versions | None:
    """None where there is only one of each."""
    tree = tree_of(question.conversation_id)
    found = Versions(tuple(tree.versions(question.pk)), tuple(tree.versions(answer)))
    return found if max(len(found.question), len(found.answer)) > 1 else None
