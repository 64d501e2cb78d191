"""What holds for the passages of any document whatsoever."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.chunk import chunk, hard_maximum
from ingestion.parse import ParsedDocument, Section
from ingestion.parse.blocks import Block, assemble
from ingestion.sizes import estimate_tokens

WORDS = st.sampled_from(
    [
        "leave",
        "days",
        "Dr.",
        "e.g.",
        "end.",
        "Really?!",
        "年次休暇。",
        "отпуск",
        "1,234.56",
        "|",
        "x" * 300,
        "\n",
        "\n\n",
        "…",
    ]
)
TEXT = st.one_of(st.lists(WORDS, max_size=120).map(" ".join), st.text(max_size=200))
BLOCKS = st.lists(
    st.builds(
        Block,
        kind=st.sampled_from(["heading", "text", "list", "table", "code"]),
        text=TEXT,
        page=st.one_of(st.none(), st.integers(1, 4)),
        level=st.integers(1, 6),
    ),
    max_size=12,
)


def document(blocks: list[Block]) -> ParsedDocument:
    text, sections = assemble(blocks)
    return ParsedDocument(text, sections, "", "text/plain", None, ())


@given(BLOCKS)
def test_sections_cover_every_word_in_order(blocks: list[Block]):
    parsed = document(blocks)
    position = 0
    for section in parsed.sections:
        assert position <= section.start < section.end <= len(parsed.text)
        assert not parsed.text[position : section.start].strip()
        position = section.end
    assert not parsed.text[position:].strip()


@settings(deadline=None)
@given(BLOCKS, st.sampled_from([(8, 0), (16, 4), (40, 20), (200, 30)]))
def test_passages_are_exact_ordered_bounded_slices_that_cover_every_word(
    blocks: list[Block], sizes: tuple[int, int]
):
    target, overlap = sizes
    parsed = document(blocks)
    chunks = chunk(parsed, title="T", target=target, overlap=overlap)
    assert chunks == chunk(parsed, title="T", target=target, overlap=overlap)
    covered = 0
    for position, passage in enumerate(chunks):
        assert passage.position == position
        assert passage.text == parsed.text[passage.start : passage.end]
        assert passage.text == passage.text.strip() != ""
        assert not parsed.text[covered : passage.start].strip()
        assert passage.end > covered
        assert estimate_tokens(passage.text) <= passage.tokens <= hard_maximum(target)
        covered = passage.end
    assert not parsed.text[covered:].strip()
    starts = [passage.start for passage in chunks]
    assert starts == sorted(set(starts))


@given(TEXT, st.integers(0, 400))
def test_a_part_never_counts_more_than_the_whole(text: str, at: int):
    left, right = text[:at], text[at:]
    assert max(estimate_tokens(left), estimate_tokens(right)) <= estimate_tokens(text)
    assert estimate_tokens(text) <= estimate_tokens(left) + estimate_tokens(right)


@settings(deadline=None)
@given(st.text(max_size=2_000))
def test_one_section_of_any_text_is_covered(text: str):
    text = text.strip()
    sections = (Section(0, len(text), None, (), "text"),) if text else ()
    chunks = chunk(ParsedDocument(text, sections, "", "text/plain", None, ()), title="", target=16, overlap=4)
    kept = "".join(char for passage in chunks for char in passage.text)
    assert set("".join(text.split())) <= set(kept)


PARAGRAPHS = st.lists(st.integers(1, 9), min_size=60, max_size=90)
MOST_CHANGED = 12  # of sixty and more: what lies around the change, and nothing further on


@settings(deadline=None, max_examples=25)
@given(PARAGRAPHS, st.integers(0, 59), st.integers(0, 12), st.sampled_from(["replace", "insert", "delete"]))
def test_a_changed_paragraph_changes_only_the_passages_around_it(
    lengths: list[int], at: int, length: int, change: str
):
    """In a text with neither pages nor headings, where nothing but its words can tell where a passage ends."""
    paragraphs = [written(n, length) for n, length in enumerate(lengths)]
    before = hashes(paragraphs)
    end = at if change == "insert" else at + 1
    paragraphs[at:end] = [] if change == "delete" else [written(1000, length)]
    assert len(hashes(paragraphs) - before) <= MOST_CHANGED


def written(number: int, sentences: int) -> str:
    return " ".join(
        f"Rule {number} has a part {n} that tells who may leave and when." for n in range(sentences)
    )


def hashes(paragraphs: list[str]) -> set[str]:
    blocks = [Block("text", words) for words in paragraphs]
    chunks = chunk(document(blocks), title="T", target=60, overlap=15)
    return {passage.content_hash for passage in chunks}
