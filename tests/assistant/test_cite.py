from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from assistant.cite import Citations
from assistant.events import Cited, FoundPassage, TextDelta

TEXT = "Annual leave is 28 days. Parental leave is 16 weeks at full pay. Unpaid leave needs consent."


def passage(number: int, text: str = TEXT, start: int = 100) -> FoundPassage:
    return FoundPassage(
        number=number, id=uuid4(), version=uuid4(), collection=uuid4(), collection_name="People", title="Handbook",
        page=2, heading=("Leave",), text=text, start=start, end=start + len(text), score=1.0,
    )  # fmt: skip


def resolve(*pieces: str, known: int = 3) -> tuple[str, list[Cited]]:
    citations = Citations([passage(n) for n in range(1, known + 1)])
    events = [event for piece in pieces for event in citations.feed(piece)]
    events += citations.flush()
    text = "".join(e.text for e in events if isinstance(e, TextDelta))
    return text, [e for e in events if isinstance(e, Cited)]


def test_a_marker_brings_the_sentence_that_backs_the_claim() -> None:
    text, cited = resolve("Parents get 16 weeks of leave [1].")
    assert text == "Parents get 16 weeks of leave [1]."
    assert [c.quote for c in cited] == ["Parental leave is 16 weeks at full pay."]


def test_the_quote_is_a_slice_of_the_version_at_its_offsets() -> None:
    _, [citation] = resolve("16 weeks parental leave [2]")
    assert TEXT[citation.start - 100 : citation.end - 100] == citation.quote


def test_an_unknown_number_is_dropped_with_the_space_before_it() -> None:
    assert resolve("So it is [9].") == ("So it is.", [])
    assert resolve("So it is", " ", "[9]", ".") == ("So it is.", [])


def test_lists_of_numbers_become_single_markers() -> None:
    text, cited = resolve("Both say so [1, 3; 7].")
    assert text == "Both say so [1][3]."
    assert [c.number for c in cited] == [1, 3]


def test_a_number_cited_twice_is_announced_once() -> None:
    text, cited = resolve("A [1]. B [1].")
    assert (text, len(cited)) == ("A [1]. B [1].", 1)


def test_code_and_links_are_left_alone() -> None:
    source = "Use `rows[9]` or\n```\nrows[8] = 1\n```\nand [7](https://example.org)."
    assert resolve(source) == (source, [])


def test_formulas_are_left_alone_and_what_stands_around_them_is_not() -> None:
    source = r"With $a[9]$, \(b[8]\), $$c[7]$$ and \[ d_{[6]} \] it holds [1]."
    text, cited = resolve(source)
    assert text == source
    assert [c.number for c in cited] == [1]


def test_an_amount_of_money_hides_no_marker() -> None:
    text, cited = resolve("It costs $5 [1] and US$10 [2]; see $HOME [3] or $y.", known=3)
    assert [c.number for c in cited] == [1, 2, 3]
    assert text == "It costs $5 [1] and US$10 [2]; see $HOME [3] or $y."


def test_a_formula_that_is_not_closed_ends_with_its_paragraph() -> None:
    text, cited = resolve("Half $$x + 1\n\nand so on [1].")
    assert [c.number for c in cited] == [1]
    assert text.endswith("so on [1].")


def test_a_price_is_not_held_back() -> None:
    citations = Citations([passage(1)])
    shown = "".join(e.text for e in citations.feed("It costs $5 a day") if isinstance(e, TextDelta))
    assert shown == "It costs $5 a day"


def test_half_a_marker_is_held_back_with_the_space_before_it() -> None:
    citations = Citations([passage(1)])
    shown = [e.text for e in citations.feed("Sixteen weeks [") if isinstance(e, TextDelta)]
    assert shown == ["Sixteen weeks"]


@given(
    st.lists(
        st.sampled_from(
            [
                "[",
                "1",
                "]",
                "2",
                "9",
                ",",
                " ",
                "`",
                "```",
                "(",
                "word",
                "\n",
                "é",
                "[3]",
                "$",
                "\\",
                "\\(",
                "\\]",
                "$a",
            ]
        ),
        max_size=30,
    )
)
def test_how_the_stream_is_cut_changes_nothing(pieces: list[str]) -> None:
    whole, cited = resolve("".join(pieces))
    streamed, cited_streamed = resolve(*pieces)
    assert streamed == whole
    assert [c.number for c in cited_streamed] == [c.number for c in cited]
