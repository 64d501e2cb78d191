"""Documents made to harm: entities, bombs, depth, paths. None may read a file, grow, hang or crash."""

import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from ingestion.errors import DocumentError
from ingestion.parse import archive
from ingestion.parse.reader import files_inside, read_document

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def zipped(members: dict[str, bytes | str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return data.getvalue()


def word_file(document: str) -> bytes:
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": document})


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text("the-password-of-the-server")
    return path


@pytest.mark.parametrize("kind", ["xml", "docx", "svg", "odt", "html"])
def test_external_entities_are_not_read(kind: str, secret: Path):
    entity = f'<!DOCTYPE r [<!ENTITY leak SYSTEM "{secret.as_uri()}">]>'
    body = (
        f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>Hello &leak; all</w:t></w:r></w:p></w:body>'
        "</w:document>"
    )
    files = {
        "xml": f"<?xml version='1.0'?>{entity}<r>Hello &leak; all</r>".encode(),
        "svg": f"<?xml version='1.0'?>{entity}<svg><text>Hello &leak; all</text></svg>".encode(),
        "html": f"<!DOCTYPE html>{entity}<p>Hello &leak; all</p>".encode(),
        "docx": word_file(entity + body),
        "odt": zipped(
            {
                "mimetype": "application/vnd.oasis.opendocument.text",
                "content.xml": f"{entity}<d><body><text><p>Hello &leak; all</p></text></body></d>",
            }
        ),
    }
    parsed = read_document(files[kind], name=f"a.{kind}")
    assert "Hello" in parsed.text
    assert "password" not in parsed.text


def test_a_billion_laughs_stay_unheard():
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 20}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    parsed = read_document(
        f"<?xml version='1.0'?><!DOCTYPE r [{entities}]><r>so funny &i;</r>".encode(), name="a.xml"
    )
    assert len(parsed.text) < 100


def test_a_zip_bomb_is_refused_before_it_unpacks():
    data = zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": bytes(60_000_000)})
    assert len(data) < 100_000
    with pytest.raises(DocumentError) as caught:
        read_document(data, name="a.docx")
    assert caught.value.code == "too_large"


def test_too_many_members_are_refused():
    with pytest.raises(DocumentError) as caught:
        read_document(zipped({f"{n}.txt": "x" for n in range(archive.MAX_MEMBERS + 1)}), name="a.zip")
    assert caught.value.code == "too_large"


def test_a_member_that_lies_about_its_size_is_cut_off():
    data = bytearray(zipped({"a.txt": b"x" * 1000}))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(mark) + offset
        data[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(DocumentError) as caught:
        archive.open_archive(bytes(data)).read("a.txt")
    assert caught.value.code == "corrupt"


def test_member_names_lead_nowhere():
    names = ["../../../evil.txt", "/abs.md", "C:\\Windows\\evil.txt", "..\\..\\up.txt", "a/./b/../c.txt",
             "\u202etxt.exe", "tab\there\x07.txt", "..", "x" * 2000 + "/long.txt"]  # fmt: skip
    data = zipped(dict.fromkeys(names, "twenty days"))
    found = [part.name for part in files_inside(data, name="a.zip")]
    assert len(found) == len(set(found)) == len(names)
    for name in found:
        assert name.isprintable()
        assert ".." not in name.split("/")
        assert ":" not in name
        assert not name.startswith("/")
        assert "\\" not in name
        assert len(name) <= 300
    assert {"evil.txt", "Windows/evil.txt", "abs.md", "a/b/c.txt", "up.txt", "unnamed"} <= set(found)


def test_links_and_devices_in_archives_are_never_followed():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as target:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        target.writestr(link, "/etc/passwd")
        target.writestr("good.txt", "twenty days")
    parsed = read_document(data.getvalue(), name="a.zip")
    assert parsed.parts == ("good.txt",)
    assert any("link.txt (a link)" in words for words in parsed.warnings)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_tar_archives_give_regular_files_alone(mode: str):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as target:
        for name, kind in (("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("dev", tarfile.CHRTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            target.addfile(entry)
        entry = tarfile.TarInfo("../docs/good.txt")
        entry.size = 11
        target.addfile(entry, io.BytesIO(b"twenty days"))
    parts = files_inside(data.getvalue(), name="a.tar.gz")
    assert [(part.name, b"".join(part.blocks())) for part in parts] == [("docs/good.txt", b"twenty days")]


def test_a_compressed_file_that_grows_without_end_is_refused():
    with pytest.raises(DocumentError) as caught:
        read_document(gzip.compress(bytes(300_000_000)), name="a.txt.gz")
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("tag", ["div", "table><tr><td", "ul><li", "b", "blockquote"])
def test_deeply_nested_html_is_read(tag: str):
    parsed = read_document(f"<html><body>{f'<{tag}>' * 20_000}bottom".encode(), name="a.html")
    assert "bottom" in parsed.text


def test_deeply_nested_xml_and_json_do_not_crash():
    assert read_document(b"[" * 1_000_000, name="a.json").text
    with pytest.raises(DocumentError) as caught:
        read_document(b"<a>" * 100_000 + b"x", name="a.xml")
    assert caught.value.code in ("corrupt", "no_text")


@pytest.mark.parametrize(
    "text",
    ["# " + "a " * 300_000, "[" * 300_000, "*" * 300_000, "|" * 300_000, "- " * 300_000, "`" * 300_000,
     "#" * 300_000, "> " * 300_000, "|-" * 300_000, "\n- x\n\n" * 50_000,
     " \n" * 300_000 + "x", "x\n" * 300_000],
    ids=lambda text: repr(text[:6]),
)  # fmt: skip
def test_markdown_made_to_confuse_patterns_is_read_in_one_pass(text: str):
    assert read_document(text.encode(), name="a.md").text


def test_markup_in_text_stays_text():
    parsed = read_document(b"<script>alert(1)</script> and [x](javascript:alert(1))", name="a.txt")
    assert parsed.text == "<script>alert(1)</script> and [x](javascript:alert(1))"
