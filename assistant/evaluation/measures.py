"""Ranking measures with binary judgements. Pure.

nDCG as in Järvelin and Kekäläinen (2002): gain 1 for a relevant document, discounted by log2(rank + 1), divided by
the best possible ranking's sum.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Measures:
    ndcg_10: float
    recall_10: float
    recall_100: float
    mrr_10: float


def measure(ranking: Sequence[str], relevant: Collection[str]) -> Measures:
    """Measures of one ranking of document ids, best first, without repeats; `relevant` must not be empty."""
    return Measures(
        ndcg_10=ndcg(ranking, relevant, 10),
        recall_10=recall(ranking, relevant, 10),
        recall_100=recall(ranking, relevant, 100),
        mrr_10=reciprocal_rank(ranking, relevant, 10),
    )


def mean(rows: Sequence[Measures]) -> Measures:
    if not rows:
        return Measures(0.0, 0.0, 0.0, 0.0)
    return Measures(*(sum(getattr(row, f.name) for row in rows) / len(rows) for f in fields(Measures)))


def ndcg(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    gained = sum(1 / math.log2(rank + 2) for rank, doc in enumerate(ranking[:k]) if doc in relevant)
    best = sum(1 / math.log2(rank + 2) for rank in range(min(k, len(relevant))))
    return gained / best


def recall(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    return sum(doc in relevant for doc in ranking[:k]) / len(relevant)


def reciprocal_rank(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    return next((1 / rank for rank, doc in enumerate(ranking[:k], start=1) if doc in relevant), 0.0)
