"""How a document is cut into passages: by structure, exactly, and always the same way."""

from itertools import pairwise

from ingestion.chunk import Chunk, chunk, hard_maximum, path_of, text_to_embed, without_headings
from ingestion.parse import ParsedDocument
from ingestion.parse.blocks import Block, assemble, heading
from ingestion.parse.reader import read_document
from ingestion.sizes import estimate_tokens

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


def test_list_and_code_that_fit_stay_whole():
    items = "\n".join(f"- Desk {n} is at the window of the second floor" for n in range(14))
    code = "```\n" + "\n".join(f"first_{n} = second_{n}\n" for n in range(8)) + "```"
    _, chunks = cut(f"# Desks\n\n{SENTENCE * 9}\n\n{items}\n\n{SENTENCE * 9}\n\n{code}\n\n{SENTENCE * 9}")
    assert sum(items in c.text for c in chunks) == 1
    assert sum(code in c.text for c in chunks) == 1


def test_list_that_is_too_long_is_parted_between_its_items():
    items = [f"- Desk {n} is at the window of the second floor" for n in range(90)]
    _, chunks = cut("\n".join(items))
    assert len(chunks) > 3
    assert [line for c in chunks for line in c.text.split("\n")] == items


def test_a_small_section_between_large_ones_stands_alone():
    _, chunks = cut(f"# Leave\n\n{SENTENCE * 6}\n\n# Contact\n\nCall Mia.\n\n# Sickness\n\n{SENTENCE * 6}")
    assert [c.heading for c in chunks] == [("Leave",), ("Contact",), ("Sickness",)]


def paged(*texts: str) -> list[Chunk]:
    text, sections = assemble(Block("text", words, page) for page, words in enumerate(texts, start=1))
    return chunk(ParsedDocument(text, sections, "", "application/pdf", len(texts), ()), title="Report")


def test_no_passage_runs_over_the_end_of_a_page():
    pages = [f"Page {n} begins here. {SENTENCE * (4 + n)} Page {n} ends here." for n in range(1, 20)]
    chunks = paged(*pages)
    for page, words in enumerate(pages, start=1):
        own = [c for c in chunks if c.page == page]
        assert own[0].text.startswith(f"Page {page} begins")
        assert own[-1].text.endswith(f"Page {page} ends here.")
        assert all(c.text in words for c in own)


def test_a_page_with_a_title_alone_goes_with_the_page_after_it():
    chunks = paged("Annual report", f"First. {SENTENCE * 4}", f"Second. {SENTENCE * 4}")
    assert [(c.page, c.text.split()[0]) for c in chunks] == [(1, "Annual"), (3, "Second.")]


def test_a_changed_page_changes_the_passages_of_that_page_alone():
    pages = [" ".join(f"Page {n}, rule {k}: {SENTENCE}" for k in range(n % 40)) + f"{n}." for n in range(500)]
    before = {c.content_hash for c in paged(*pages)}
    pages[250] = f"This page was written anew. {SENTENCE * 70}"
    after = paged(*pages)
    changed = [c for c in after if c.content_hash not in before]
    assert changed
    assert {c.page for c in changed} == {251}


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


def test_a_heading_is_embedded_once():
    _, chunks = cut(f"# Leave\n\n## Carry *over* #\n\n{SENTENCE * 4}")
    (passage,) = chunks
    assert passage.text.startswith("# Leave\n\n## Carry")
    embedded = text_to_embed(passage.text, title="Handbook", heading=passage.heading)
    assert embedded == f"Handbook > Leave > Carry over\n\n{SENTENCE * 4}".rstrip()
    assert without_headings("# Other\n\nx", ["Leave"]) == "# Other\n\nx"
    assert text_to_embed("# Leave", title="", heading=["Leave"]) == "Leave"


def test_a_long_path_is_shortened_from_the_outside():
    steps = [f"Part {n} of the rules for everybody who works in the house" for n in range(9)]
    path = path_of("Handbook", steps)
    assert path.startswith("Handbook > ")
    assert path.endswith(steps[-1])
    assert estimate_tokens(path) <= 48
    assert estimate_tokens(path_of("年" * 300, [])) == 48


def test_title_headings_and_text_fit_together_into_what_the_model_reads():
    blocks = []
    for n in range(6):
        blocks += [heading(f"Section {n} " + "of the handbook " * 6, 1), Block("text", SENTENCE * 40)]
    rows = "\n".join(f"| {k} | {SENTENCE}| {k} |" for k in range(80))
    blocks.append(Block("table", f"| Number of the rule | What it says | Page |\n|---|---|---|\n{rows}"))
    text, sections = assemble(blocks)
    chunks = chunk(
        ParsedDocument(text, sections, "", "text/plain", None, ()), title="T " * 40, target=120, longest=128
    )
    assert len(chunks) > 20
    for c in chunks:
        embedded = text_to_embed(c.text, title="T " * 40, heading=c.heading, table_header=c.table_header)
        assert estimate_tokens(embedded) <= 128


def test_token_estimate_knows_spaced_and_unspaced_scripts():
    assert 10 <= estimate_tokens(SENTENCE) <= 20
    assert estimate_tokens("年次休暇") == 4
    assert estimate_tokens(" \n\t") == 0


def test_five_megabytes_are_cut_in_one_pass():
    # Quadratic work would take hours here, so finishing at all is the proof.
    parsed = read_document((SENTENCE * 75_000).encode(), name="a.txt")
    assert len(chunk(parsed, title="x")) > 4_000
