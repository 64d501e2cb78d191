from pathlib import Path

import pytest

from assistant.sample import DOCUMENTS, SAMPLE_COLLECTIONS, SAMPLE_QUESTIONS
from assistant.sample.build import build
from ingestion.parse import parse

FILES = [item.path for collection in SAMPLE_COLLECTIONS for item in collection.files]


def text_of(path: Path) -> str:
    return " ".join(parse(path, name=path.name).text.split())


def test_every_document_belongs_to_a_collection_and_the_other_way_round() -> None:
    on_disk = {str(p.relative_to(DOCUMENTS)) for p in DOCUMENTS.rglob("*") if p.is_file()}
    assert on_disk == set(FILES)


@pytest.mark.parametrize("asked", SAMPLE_QUESTIONS, ids=lambda q: q.question)
def test_each_question_is_answered_in_its_document(asked) -> None:
    assert asked.phrase in text_of(DOCUMENTS / asked.path)


def test_building_again_says_the_same(tmp_path) -> None:
    build(tmp_path)
    for path in tmp_path.rglob("*.*"):
        assert text_of(path) == text_of(DOCUMENTS / path.relative_to(tmp_path)), path.name
