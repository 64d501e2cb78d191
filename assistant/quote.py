"""Quote mode: the answer when no language model is connected. Picks sentences; never writes one.

Each sentence of the found passages is scored by the words of the question it holds (rare ones count more) and by
how near its meaning is (the same embeddings that search uses). The best are streamed as quotations.
"""

import logging
import math
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from assistant.cite import cited
from assistant.events import Cited, FoundPassage, TextDelta
from assistant.sentences import Sentence, sentences, stems
from ingestion.embed import embed_passages, embed_query
from ingestion.errors import IngestionError

log = logging.getLogger(__name__)

MOST_QUOTES = 3
MOST_CANDIDATES = 40  # sentences whose meaning is compared; those that share most words come first
GOOD_ENOUGH = 0.38  # of 1: below it the documents do not answer
NEAR_BEST = 0.8  # a further quote must come this near to the best one
WEIGHT_OF_WORDS = 0.45
LONGEST_QUOTE = 700


@dataclass(frozen=True)
class Candidate:
    passage: FoundPassage
    sentence: Sentence
    words: float  # share of the question's words, 0 to 1


async def quote(question: str, passages: Sequence[FoundPassage]) -> AsyncIterator[TextDelta | Cited]:
    """The best sentences as block quotes with citations; nothing when none is good enough."""
    best = await best_sentences(question, passages)
    for n, candidate in enumerate(best):
        yield cited(candidate.passage, candidate.sentence)
        yield TextDelta(("\n\n" if n else "") + as_markdown(candidate))


async def best_sentences(question: str, passages: Sequence[FoundPassage]) -> list[Candidate]:
    """At most MOST_QUOTES candidates, best first, one a passage."""
    candidates = by_words(question, passages)[:MOST_CANDIDATES]
    meanings = await _similarities(question, candidates)
    scored = sorted(
        ((_score(c, m), -n, c) for n, (c, m) in enumerate(zip(candidates, meanings, strict=True))),
        reverse=True,
    )
    if not scored or scored[0][0] < GOOD_ENOUGH:
        return []
    chosen: dict[int, Candidate] = {}
    said: set[str] = set()
    for score, _, candidate in scored:
        if score < scored[0][0] * NEAR_BEST or len(chosen) == MOST_QUOTES:
            break
        text = " ".join(stems(candidate.sentence.text))
        if candidate.passage.number not in chosen and text not in said:
            chosen[candidate.passage.number] = candidate
            said.add(text)
    return list(chosen.values())


def by_words(question: str, passages: Sequence[FoundPassage]) -> list[Candidate]:
    """Every sentence, those first that hold more of the question's words, weighted by rarity among the passages."""
    wanted = set(stems(question))
    pool = [(p, s, set(stems(s.text))) for p in passages for s in _quotable(p)]
    spread = Counter(w for _, _, words in pool for w in words & wanted)
    weight = {w: math.log(1 + len(pool) / spread[w]) if spread[w] else 3.0 for w in wanted}
    total = sum(weight.values()) or 1.0
    context = {p.number: set(stems(" ".join([p.title, *p.heading]))) for p in passages}
    candidates = [
        Candidate(
            p,
            s,
            (
                sum(weight[w] for w in words & wanted)
                + 0.6 * sum(weight[w] for w in (context[p.number] - words) & wanted)
            )
            / total,
        )
        for p, s, words in pool
    ]
    return sorted(candidates, key=lambda c: -c.words)


def _quotable(passage: FoundPassage) -> list[Sentence]:
    """Sentences long enough to say something, no headings or questions; in a passage without any, what there is."""
    found = [s for s in sentences(passage.text) if len(s.text) <= LONGEST_QUOTE]
    return [s for s in found if len(stems(s.text)) >= 3 and not s.text.endswith(("?", ":"))] or found


async def _similarities(question: str, candidates: Sequence[Candidate]) -> list[float]:
    """Cosine of question and sentence (with its heading); the words' score where the model does not answer."""
    if not candidates:
        return []
    texts = [" ".join([*c.passage.heading[-1:], c.sentence.text]) for c in candidates]
    try:
        query, vectors = await embed_query(question), await embed_passages(texts)
    except IngestionError:
        log.warning("the embedding model does not answer; quoting by words alone")
        return [c.words for c in candidates]
    return [float(sum(a * b for a, b in zip(query, v, strict=True))) for v in vectors]


def _score(candidate: Candidate, meaning: float) -> float:
    return WEIGHT_OF_WORDS * min(1.0, candidate.words) + (1 - WEIGHT_OF_WORDS) * max(0.0, meaning)


def as_markdown(candidate: Candidate) -> str:
    """A block quote; a table row comes with its table's header."""
    mark = f"[{candidate.passage.number}]"
    if candidate.sentence.is_table_row:
        return f"{_with_header(candidate)}\n\n{mark}"
    return f"> {escaped(candidate.sentence.text)} {mark}"


def _with_header(candidate: Candidate) -> str:
    lines = candidate.passage.text[: candidate.sentence.start].splitlines()
    block: list[str] = []
    for line in reversed(lines):
        if not line.strip().startswith("|"):
            break
        block.insert(0, line.strip())
    if len(block) >= 2 and set(block[1]) <= set("|:- "):
        return "\n".join([*block[:2], candidate.sentence.text])
    cells = [cell.strip() for cell in candidate.sentence.text.strip("|").split("|")]
    return f"> {escaped(' · '.join(cells))}"


def escaped(text: str) -> str:
    """Document text shown as text: square brackets must not become markers, nor tags HTML."""
    return " ".join(text.split()).replace("[", "\\[").replace("<", "\\<")
