from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ingestion.store.fusion import best, fuse, scaled

A, B, C, D = (UUID(int=n).hex for n in range(1, 5))

ids = st.uuids().map(lambda id: id.hex)
keyword_scores = st.dictionaries(ids, st.floats(0, 1e6), max_size=12)
cosines = st.dictionaries(ids, st.floats(-1, 1), max_size=12)


def order(hits):
    return [hit.passage.hex for hit in hits]


def test_passage_found_by_both_leads():
    hits = fuse({A: 9.0, B: 8.0, D: 1.0}, {A: 0.8, C: 0.7, D: 0.1}, vector_weight=0.5)
    assert order(hits)[0] == A
    assert hits[0].score == 1.0


def test_weight_decides_between_the_two():
    keyword, vector = {A: 5.0, C: 0.0}, {B: 0.9, C: 0.0}
    assert order(fuse(keyword, vector, vector_weight=0.9))[0] == B
    assert order(fuse(keyword, vector, vector_weight=0.1))[0] == A


def test_scale_of_either_score_does_not_matter():
    keyword, vector = {A: 1.0, B: 2.0, C: 4.0}, {A: 0.9, B: 0.5, D: 0.1}
    louder = {passage: 1000 * score for passage, score in keyword.items()}
    assert [round(hit.score, 9) for hit in fuse(keyword, vector)] == [
        round(hit.score, 9) for hit in fuse(louder, vector)
    ]


def test_ties_are_in_order_of_ids():
    assert order(fuse({C: 1.0, A: 1.0, B: 1.0}, {})) == [A, B, C]
    assert order(best({C: 2.0, B: 2.0, A: 3.0})) == [A, B, C]


def test_one_list_alone_keeps_its_order():
    assert order(fuse({}, {A: 0.2, B: 0.9})) == order(best({A: 0.2, B: 0.9})) == [B, A]
    assert fuse({}, {}) == []


def test_single_and_equal_scores_count_as_found():
    assert scaled({A: 0.3}, floor=0.3) == {A: 1.0}
    assert scaled({A: 2.0, B: 2.0}, floor=2.0) == {A: 1.0, B: 1.0}
    assert scaled({}, floor=0.0) == {}


def test_lesser_of_two_keyword_matches_still_counts():
    hits = fuse({A: 3.0, B: 2.0}, {C: 0.5, D: 0.1}, vector_weight=0.5)
    assert order(hits).index(B) < order(hits).index(D)


@given(keyword=keyword_scores, vector=cosines, weight=st.floats(0, 1))
def test_every_passage_appears_once_with_a_score_between_0_and_1(keyword, vector, weight):
    hits = fuse(keyword, vector, vector_weight=weight)
    assert sorted(order(hits)) == sorted(keyword.keys() | vector.keys())
    assert all(-1e-9 <= hit.score <= 1 + 1e-9 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_limit_keeps_the_best():
    keyword, vector = {A: 3.0, B: 2.0, C: 1.0}, {A: 0.1, D: 0.9}
    assert fuse(keyword, vector, limit=2) == fuse(keyword, vector)[:2]
    assert order(best(keyword, limit=1)) == [A]
    assert order(best(vector, limit=1)) == [D]
