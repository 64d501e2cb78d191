from hypothesis import given
from hypothesis import strategies as st

from assistant.sentences import sentences, stems


def texts(source: str) -> list[str]:
    return [s.text for s in sentences(source)]


def test_full_stops_and_lines_end_sentences() -> None:
    assert texts("You get 16 weeks. They are paid.\nAsk early!") == [
        "You get 16 weeks.",
        "They are paid.",
        "Ask early!",
    ]


def test_a_line_wrapped_by_hand_goes_on() -> None:
    source = "The canteen opens half an\nhour earlier.\n- Bring a friend\nWelcome"
    assert texts(source) == ["The canteen opens half an\nhour earlier.", "Bring a friend", "Welcome"]


def test_abbreviations_initials_and_decimals_do_not() -> None:
    assert texts("Pay 3.5 per cent, e.g. by card. Ask J. Smith.") == [
        "Pay 3.5 per cent, e.g. by card.",
        "Ask J. Smith.",
    ]


def test_list_markers_heading_signs_and_table_rules_are_left_out() -> None:
    source = "# Leave\n- First point\n2. Second point\n| City | Limit |\n|---|---|\n| Oslo | 180 |"
    assert texts(source) == ["Leave", "First point", "Second point", "| City | Limit |", "| Oslo | 180 |"]


def test_japanese_sentences_end_without_a_space() -> None:
    assert texts("休暇は十六週です。申請してください。") == ["休暇は十六週です。", "申請してください。"]


@given(st.text(max_size=400))
def test_every_sentence_is_an_exact_slice_in_order(source: str) -> None:
    last = 0
    for sentence in sentences(source):
        assert source[sentence.start : sentence.end] == sentence.text
        assert sentence.start >= last
        last = sentence.end


def test_stems_meet_across_plural_case_and_accents() -> None:
    assert stems("The Leaves of Résumés") == stems("leave resume")
