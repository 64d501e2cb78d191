"""Which sentences an answer without a language model may quote."""

import pytest

from assistant.quote import by_words
from tests.assistant.test_cite import passage


def quotable(text: str) -> list[str]:
    return [candidate.sentence.text for candidate in by_words("How long is the leave?", [passage(1, text)])]


def test_headings_and_questions_are_left_out() -> None:
    said = "Every parent gets 16 weeks of leave."
    assert quotable(f"# Leave\n\nHow long may a parent stay at home?\n\n{said}") == [said]


@pytest.mark.parametrize("text", ["Main document", "# Test slide"])
def test_a_passage_of_a_few_words_is_quoted_as_it_is(text: str) -> None:
    assert [said.strip("# ") for said in quotable(text)] == [text.strip("# ")]
