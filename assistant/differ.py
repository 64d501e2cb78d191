"""Finds passages of different documents that say different things about the same: explainable, and without a model.

Two sentences differ when what they are about is the same, word for word nearly, and a fact in them is not: an amount, a
date, a time of the same kind, or a "not". They must be about the same in the headings above them and in the titles of
their documents too: rules for Oslo and for Bergen do not contradict each other. Where this is in doubt nothing is said,
since a false alarm costs more trust than a missed one; a model that is connected can name what is missed here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from assistant.events import FoundPassage, Side, SourcesDiffer
from assistant.facts import Facts, facts_of
from assistant.sentences import Sentence, sentences, stems

MOST = 2  # differences told of under one answer
LONGEST = 400  # characters of a sentence
WHOLE = 8  # words that make a statement of a line without a full stop, as in lists
FEWEST_SHARED = 3  # words, and kinds of facts, that both sentences have
NEAR = 0.6  # share of their words that two sentences have in common
NEARER = 0.8  # the same where nothing but a "not" differs
OF_QUESTION = 0.34  # share of the question's words that each sentence and what stands above it hold
OF_HEADING = 0.5  # the same of the heading above the other sentence

# Words in which two versions of one document may differ: nothing is limited by them.
_EDITIONS = frozenset(
    stem
    for word in """
    version edition draft final copy old new newer older previous current updated revised update revision archive rules
    alt neu fassung stand entwurf aktuell version ancienne nouvelle ancien nouveau projet rev v
    policy policies guide guideline handbook manual document
    """.split()
    for stem in stems(word)
)
# Words that say little about what a rule is about.
_LIGHT = frozenset(
    stem
    for word in """
    get gets getting receive receives entitled entitles eligible granted given gives provides offers allowed take takes
    amounts total up maximum most per each every currently now effective also always usually generally applies please
    employee employees staff worker workers everyone everybody people person company we they
    jeder jede jedes erhält erhalten bekommt bekommen beträgt betragen maximal höchstens pro mitarbeiter mitarbeitende
    chaque reçoit bénéficie maximum par jusqu
    """.split()
    for stem in stems(word)
)
_ASKING = frozenset("long much many high often gibt lang hoch oft combi long".split())
# What makes one of two rules a case of its own.
_CONDITIONS = frozenset(
    """
    if when unless except only without outside after before until during while otherwise wenn falls außer nur ohne
    nach vor während sonst si sauf seulement sans après avant pendant
    """.split()
)


@dataclass(frozen=True)
class Statement:
    """A sentence of a passage, and what it is about."""

    passage: FoundPassage
    sentence: Sentence
    about: frozenset[str]
    facts: Facts
    names: frozenset[str]
    conditions: frozenset[str]

    @property
    def above(self) -> frozenset[str]:
        return frozenset(stems(" ".join([self.passage.title, *self.passage.heading])))

    @property
    def said(self) -> frozenset[str]:
        return frozenset(stems(self.sentence.text)) | self.above

    @property
    def side(self) -> Side:
        start = self.passage.start + self.sentence.start
        return Side(self.passage.number, self.sentence.text, start, start + len(self.sentence.text))


def differences(question: str, passages: Sequence[FoundPassage], cited: set[int]) -> list[SourcesDiffer]:
    """The clearest ones that concern the question, at least one side of each cited; one for two documents."""
    wanted = frozenset(stems(question)) - _LIGHT - _ASKING
    statements = [s for passage in passages for s in statements_of(passage)]
    found: dict[tuple[object, object], tuple[float, SourcesDiffer]] = {}
    for one, other in combinations(statements, 2):
        if (
            one.passage.version == other.passage.version
            or not {one.passage.number, other.passage.number} & cited
        ):
            continue
        likeness = disagreement(one, other)
        if not likeness or not _concerns(wanted, one, other):
            continue
        documents = (one.passage.version, other.passage.version)
        if likeness > found.get(documents, (0.0,))[0]:
            found[documents] = (likeness, SourcesDiffer(one.side, other.side, how="compared"))
    return [differ for _, differ in sorted(found.values(), key=lambda pair: -pair[0])][:MOST]


def statements_of(passage: FoundPassage) -> Iterator[Statement]:
    for sentence in sentences(passage.text):
        if not _states(sentence) or sentence.text in passage.heading:
            continue
        facts, rest = facts_of(sentence.text)
        about = frozenset(stems(rest)) - _LIGHT
        if len(about) + len(facts.values) >= FEWEST_SHARED:
            words = rest.split()
            yield Statement(
                passage,
                sentence,
                about,
                facts,
                names=frozenset(
                    stems(" ".join(w for w in words[1:] if w[:1].isupper() or any(map(str.isdigit, w))))
                )
                - _LIGHT,
                conditions=frozenset(w.strip(".,;:()").casefold() for w in words) & _CONDITIONS,
            )


def _states(sentence: Sentence) -> bool:
    """Not a heading, a question, a row of a table, or the line before a list."""
    text = sentence.text
    ended = text.endswith((".", "!", ".”", '."', ".)")) or len(text.split()) >= WHOLE
    return ended and len(text) <= LONGEST and not sentence.is_table_row and not text.endswith(("?", ":"))


def disagreement(one: Statement, other: Statement) -> float:
    """How alike two statements are that contradict each other; 0 when they do not, or when it is in doubt."""
    shared, every = one.about & other.about, one.about | other.about
    likeness = len(shared) / max(1, len(every))
    kinds = one.facts.values.keys() & other.facts.values.keys()
    if len(shared) < 2 or len(shared) + len(kinds) < FEWEST_SHARED or likeness < NEAR:
        return 0
    if one.about - other.about and other.about - one.about:
        return 0  # a word stands in the other's place, so that they may speak of two things
    if (one.names - other.about - other.above) or (other.names - one.about - one.above):
        return 0  # each is about somebody or some place of its own
    if one.conditions != other.conditions or not _same_matter(one, other):
        return 0
    if one.facts.contradict(other.facts):
        return likeness
    negated = one.facts.negated != other.facts.negated and one.facts.values == other.facts.values
    return likeness if negated and likeness >= NEARER else 0


def _same_matter(one: Statement, other: Statement) -> bool:
    """By what stands above: the last headings speak of each other's matter, the titles differ in the edition."""
    for statement, beside in ((one, other), (other, one)):
        heading = frozenset(stems(" ".join(statement.passage.heading[-1:]))) - _EDITIONS
        known = beside.about | beside.above
        if heading and len(heading & known) / len(heading) < OF_HEADING:
            return False
    titles = [_without_digits(stems(s.passage.title)) - _EDITIONS for s in (one, other)]
    alone = (titles[0] - titles[1], titles[1] - titles[0])
    return not (titles[0] & titles[1] and any(alone))


def _without_digits(words: Sequence[str]) -> frozenset[str]:
    return frozenset(word for word in words if not any(c.isdigit() for c in word))


def _concerns(wanted: frozenset[str], one: Statement, other: Statement) -> bool:
    """Both sides hold enough of what is asked, themselves or in what stands above them."""
    return all(not wanted or len(wanted & s.said) / len(wanted) >= OF_QUESTION for s in (one, other))
