"""The page of figures, and the figures."""

from math import isnan
from pathlib import Path

import pytest

from benchmarks import corpus, page
from benchmarks.figures import percentile, table


def test_a_section_replaces_only_itself_and_sections_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "benchmarks.md"
    page.write(path, "startup", "## Starting\n\nLast week.", quick=False)
    page.write(path, "chats", "## Chats", quick=True)
    page.write(path, "startup", "## Starting\n\nToday.", quick=False)
    text = path.read_text()
    assert text.index("## Chats") < text.index("## Starting")
    assert "Today." in text
    assert "Last week." not in text
    assert "quick run" in page.existing(path)["chats"]
    assert "quick run" not in page.existing(path)["startup"]


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (100, 100), (1, 1)])
def test_percentile_is_a_value_that_occurred(percent: float, value: float) -> None:
    assert percentile(range(100, 0, -1), percent) == value


def test_percentile_of_nothing_is_no_number() -> None:
    assert isnan(percentile([], 50))


def test_table_reads_as_markdown() -> None:
    assert table(["a", "b"], [[1, "x"]]) == "| a | b |\n|---|---:|\n| 1 | x |"


def test_documents_are_of_the_size_asked_for_and_all_different() -> None:
    documents = {corpus.document(number) for number in range(20)}
    assert len(documents) == 20
    assert {len(document.encode()) for document in documents} == {20_000}
