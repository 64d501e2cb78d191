"""How a document is cut into passages: by structure, exactly, and always the same way."""

from itertools import pairwise

from ingestion.chunk import Chunk, chunk, estimate_tokens, hard_maximum, text_to_embed
from ingestion.parse import ParsedDocument
from ingestion.parse.reader import read_document

SENTENCE = "Every employee may take twenty days of leave in a calendar year. "


def cut(markdown: str, **sizes: int) -> tuple[ParsedDocument, list[Chunk]]:
    parsed = read_document(markdown.encode(), name="a.md")
    return parsed, chunk(parsed, title="Handbook", **sizes)


def test_passages_end_where_a_heading_begins():
    text = f"# Leave\n\n{SENTENCE * 6}\n\n# Sickness\n\n{SENTENCE * 6}"
    _, chunks = cut(text)
    assert [c.heading for c in chunks] == [("Leave",), ("Sickness",)]
    assert chunks[1].text.startswith("# Sickness")


def test_tiny_sections_are_kept_together():
    _, chunks = cut("# Phone list\n\n## Alice\n\n101\n\n## Bob\n\n102\n\n## Carol\n\n103")
    assert len(chunks) == 1
    assert chunks[0].heading == ("Phone list",)


def test_a_title_without_text_goes_with_the_first_section():
    _, chunks = cut(f"# Handbook\n\n## Leave\n\n{SENTENCE * 5}")
    assert len(chunks) == 1
    assert chunks[0].heading == ("Handbook", "Leave")


def test_sentences_are_not_cut_and_neighbours_overlap_by_whole_sentences():
    text = "".join(
        f"Rule {n} says that nobody may work on the {n}th of May without asking. " for n in range(60)
    )
    _, chunks = cut(text)
    assert len(chunks) > 3
    for before, after in pairwise(chunks):
        assert before.text.endswith(".")
        assert after.text.startswith("Rule")
        assert before.start < after.start < before.end < after.end
    _, without = cut(text, overlap=0)
    assert all(before.end <= after.start for before, after in pairwise(without))


def test_abbreviations_do_not_end_a_sentence():
    text = "".join(
        f"Ask Dr. Miller, e.g. by mail, or Mr. J. Doe about no. {n} of the list. " for n in range(60)
    )
    _, chunks = cut(text)
    assert all(c.text.startswith("Ask") and c.text.endswith("list.") for c in chunks)


def test_japanese_is_cut_at_its_own_full_stops():
    _, chunks = cut("従業員は年に二十日の休暇を取ることができます。" * 40)
    assert len(chunks) > 3
    assert all(c.text.endswith("。") for c in chunks)


def test_a_table_that_fits_stays_whole():
    table = "| Years | Days |\n| --- | --- |\n" + "\n".join(f"| {n} | {20 + n} |" for n in range(12))
    _, chunks = cut(f"# Leave\n\n{SENTENCE * 12}\n\n{table}\n\n{SENTENCE * 12}")
    assert sum(table in c.text for c in chunks) == 1


def test_a_long_table_is_parted_between_rows_and_says_its_header_again():
    rows = [f"| {n} | Room number {n} on the second floor | {n * 3} seats |" for n in range(80)]
    table = "\n".join(["| No | Room | Seats |", "| --- | --- | --- |", *rows])
    _, chunks = cut(table)
    assert len(chunks) > 3
    assert "\n".join(c.text for c in chunks) == table
    for later in chunks[1:]:
        assert later.table_header == "| No | Room | Seats |"
        assert set(later.text.split("\n")) <= set(rows)
    embedded = text_to_embed(chunks[1].text, title="", heading=(), table_header=chunks[1].table_header)
    assert embedded.startswith("| No | Room | Seats |\n| ")


def test_page_is_where_the_passage_begins():
    pages = "\f".join(f"Page {n} begins here. {SENTENCE * 8}" for n in range(1, 5))
    parsed = read_document(pages.encode(), name="a.txt")
    for passage in chunk(parsed, title="", overlap=0):
        section = next(s for s in parsed.sections if s.start <= passage.start < s.end)
        assert passage.page == section.page


def test_one_endless_word_is_cut_below_the_maximum():
    for text in ("x" * 50_000, "年" * 5_000, "." * 50_000):
        parsed, chunks = cut(text)
        assert "".join(c.text for c in chunks) == parsed.text
        assert max(c.tokens for c in chunks) <= hard_maximum()


def test_hash_changes_with_what_is_embedded():
    parsed = read_document(b"# A\n\ntwenty days", name="a.md")
    one, same, other = (chunk(parsed, title=title)[0].content_hash for title in ("x", "x", "y"))
    assert one == same != other


def test_text_to_embed_names_the_document_and_the_way_to_the_passage():
    assert text_to_embed(" Twenty days. ", title="Handbook", heading=["Leave", "Carry over"]) == (
        "Handbook > Leave > Carry over\n\nTwenty days."
    )
    assert text_to_embed("x", title="Leave", heading=["Leave", "Days"]) == "Leave > Days\n\nx"
    assert text_to_embed("x", title="", heading=[]) == "x"


def test_token_estimate_knows_spaced_and_unspaced_scripts():
    assert 10 <= estimate_tokens(SENTENCE) <= 20
    assert estimate_tokens("年次休暇") == 4
    assert estimate_tokens(" \n\t") == 0


def test_five_megabytes_are_cut_in_one_pass():
    # Quadratic work would take hours here, so finishing at all is the proof.
    parsed = read_document((SENTENCE * 75_000).encode(), name="a.txt")
    assert len(chunk(parsed, title="x")) > 4_000
