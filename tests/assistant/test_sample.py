import zipfile
from pathlib import Path

import pytest

from assistant.sample import DOCUMENTS, SAMPLE_COLLECTIONS, SAMPLE_QUESTIONS, SampleQuestion
from assistant.sample.blocks import CHANGED
from assistant.sample.build import build
from ingestion.parse import ParsedDocument, parse

FILES = [item.path for collection in SAMPLE_COLLECTIONS for item in collection.files]


def read(path: str) -> ParsedDocument:
    return parse(DOCUMENTS / path, name=Path(path).name)


def words(document: ParsedDocument) -> str:
    return " ".join(document.text.split())


def test_every_document_belongs_to_a_collection_and_the_other_way_round() -> None:
    on_disk = {str(p.relative_to(DOCUMENTS)) for p in DOCUMENTS.rglob("*") if p.is_file()}
    assert on_disk == set(FILES)


def test_every_supported_kind_of_document_is_there_and_all_are_small() -> None:
    kinds = "pdf docx pptx xlsx html md txt csv eml".split()
    assert {Path(path).suffix[1:] for path in FILES} == set(kinds)
    assert sum((DOCUMENTS / path).stat().st_size for path in FILES) < 400_000


@pytest.mark.parametrize("path", FILES)
def test_each_document_is_read_without_a_warning(path: str) -> None:
    document = read(path)
    assert document.warnings == ()
    assert len(document.text) > 500


def test_the_handbook_has_pages_and_headings_to_cite() -> None:
    document = read("people/employee-handbook.pdf")
    assert document.pages is not None
    assert 7 <= document.pages <= 10
    [place] = [s for s in document.sections if "16 weeks" in document.text[s.start : s.end]]
    assert place.heading[-1] == "Parental leave"
    assert place.page is not None


@pytest.mark.parametrize("asked", SAMPLE_QUESTIONS, ids=lambda q: q.question)
def test_each_question_is_answered_in_its_document(asked: SampleQuestion) -> None:
    assert asked.phrase in words(read(asked.path))


def test_hotel_limits_agree_in_the_policy_and_the_spreadsheet() -> None:
    policy = limits(read("people/travel-and-expenses.docx"), "Limit a night in euros")
    assert policy == limits(read("people/limits-and-telephones.xlsx"), "Hotel limit a night")
    assert len(policy) == 11


def limits(document: ParsedDocument, column: str) -> dict[str, str]:
    """City and amount of the table whose second column has this name."""
    table = document.text.split(f"| City | {column} |", 1)[1].split("\n\n", 1)[0]
    rows = [[cell.strip() for cell in line.split("|")] for line in table.splitlines()[2:]]
    return {row[1]: row[2] for row in rows}


def test_building_again_says_what_is_committed(tmp_path: Path) -> None:
    build(tmp_path)
    built = [path.relative_to(tmp_path) for path in tmp_path.rglob("*.*")]
    assert len(built) == 5
    for path in built:
        again = parse(tmp_path / path, name=path.name)
        assert words(again) == words(read(str(path))), path


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    build(first)
    build(second)
    for path in first.rglob("*.*"):
        assert path.read_bytes() == (second / path.relative_to(first)).read_bytes(), path.name


def test_office_files_do_not_record_when_they_were_built(tmp_path: Path) -> None:
    build(tmp_path)
    for kind in ("docx", "pptx", "xlsx"):
        [path] = tmp_path.rglob(f"*.{kind}")
        with zipfile.ZipFile(path) as archive:
            assert {member.date_time for member in archive.infolist()} == {CHANGED.timetuple()[:6]}
            properties = archive.read("docProps/core.xml").decode()
        assert properties.count(f"{CHANGED.isoformat()}Z</dcterms:") == 2, kind  # created and modified
