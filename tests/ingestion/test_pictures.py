"""Pictures inside documents: to readers of the document alone, drawn anew, and gone with it."""

import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from ingestion import pipeline, purging, reconciling, tasks
from ingestion.actions import accept_upload, delete_document
from ingestion.models import Collection, DeletionReceipt, Document, DocumentVersion, PictureSet
from ingestion.parse import Limits, detect, take_pictures
from ingestion.parse.picture_frames import Picture, PictureReader, encode_pictures
from ingestion.parse.wire import MalformedAnswerError
from ingestion.pictures import keep_pictures, near
from tenants.access import require_member
from tenants.models import AuditEvent, Role
from tenants.scoping import tenant_scope
from tests.conftest import person
from tests.ingestion.illustrated import WORDS, bomb, docx, figure, illustrated_pdf, png, pptx
from tests.ingestion.pictures import saved

ROOT = Path(__file__).resolve().parents[2]
FILES = Path(os.environ.get("COLLOQUY_DOCUMENTS") or ROOT.parent / "shared" / "documents") / "files"
PLACE = (72.0, 300.0, 240.0, 180.0)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><script>alert(1)</script></svg>'


def taken(tmp_path: Path, data: bytes, name: str = "file", **limits: object) -> list[Picture]:
    """By the real confined child."""
    path = tmp_path / "original"
    path.write_bytes(data)
    return list(take_pictures(path, name=name, limits=Limits(**limits) if limits else None))


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["WEBP"])


class Given:
    """A document whose original is these bytes, ready and with its pictures taken."""

    def __init__(self, document: Document, media_type: str, data: bytes) -> None:
        self.document, self.tenant = document, document.tenant_id
        self.version = DocumentVersion.objects.get(pk=document.current_version_id)
        default_storage.delete(self.version.file.name)
        self.version.file.save("original", ContentFile(data), save=False)
        self.version.media_type, self.version.ready_at = media_type, timezone.now()
        self.version.save()

    def address(self, number: int = 1, *, small: bool = False) -> str:
        path = reverse("document-picture", args=[self.version.pk, number])
        return f"{path}?small" if small else path


@pytest.fixture
def give(add_document, handbook) -> Callable[..., Given]:
    def make(
        data: bytes, media_type: str = detect.PDF, *, collection: Collection = handbook, keep: bool = True
    ) -> Given:
        document = add_document(collection, "Wheels")
        with tenant_scope(document.tenant_id):
            given = Given(document, media_type, data)
            if keep:
                keep_pictures(given.version.pk)
        return given

    return make


@pytest.fixture
def wheels(give) -> Given:
    return give(illustrated_pdf(("Boxes on wheels", [(figure(), PLACE)])))


# Who sees them


@pytest.mark.parametrize("small", [True, False], ids=["small", "large"])
def test_readers_of_the_document_see_its_pictures_and_nobody_else_does(
    wheels, small, bob, carol, operator, client, browser_of
) -> None:
    address = wheels.address(small=small)
    answer = browser_of(bob).get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert opened(answer.content).size == ((320, 240) if small else (480, 360))
    assert browser_of(carol).get(address).status_code == 404
    assert browser_of(operator).get(address).status_code == 404
    assert client.get(address).status_code == 302


def test_a_colleague_without_the_collection_gets_nothing(give, acme, bob, manager, browser_of) -> None:
    with tenant_scope(acme.id):
        board = Collection.objects.create(name="Board")
        board.people.add(bob)
    given = give(illustrated_pdf(("Boxes", [(figure(), PLACE)])), collection=board)
    dora = person(acme, "Dora Dahl", Role.MEMBER)
    assert browser_of(bob).get(given.address()).status_code == 200
    assert browser_of(manager).get(given.address()).status_code == 200
    assert browser_of(dora).get(given.address()).status_code == 404


def test_pictures_of_a_file_in_a_conversation_are_its_owners_alone(
    give, acme, bob, alice, browser_of
) -> None:
    with tenant_scope(acme.id):
        own = Collection.with_private.create(name="Files", private_to=bob)
    given = give(illustrated_pdf(("Boxes", [(figure(), PLACE)])), collection=own)
    with tenant_scope(acme.id):
        Document.with_private.update(private=True)
    assert browser_of(alice).get(given.address()).status_code == 404
    assert browser_of(bob).get(given.address()).status_code == 200
    with tenant_scope(acme.id):
        assert AuditEvent.objects.get(action="document.viewed").detail["title"] == "A file of a conversation"


def test_a_browser_that_has_a_picture_is_asked_for_its_rights_again(wheels, acme, bob, browser_of) -> None:
    browser, address = browser_of(bob), wheels.address()
    first = browser.get(address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = browser.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    with tenant_scope(acme.id):
        Collection.objects.update(everyone=False)
    assert browser.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 404
    assert browser.get(address).status_code == 404


def test_a_deleted_document_shows_no_picture_from_that_moment(wheels, acme, bob, manager, browser_of) -> None:
    with tenant_scope(acme.id):
        delete_document(wheels.document, require_member(manager.pk, tenant=acme.id))
    assert browser_of(bob).get(wheels.address()).status_code == 404


def test_an_infected_document_shows_no_picture(wheels, acme, bob, browser_of) -> None:
    with tenant_scope(acme.id):
        DocumentVersion.objects.update(error_code="infected", error="The virus scanner found something.")
    assert browser_of(bob).get(wheels.address()).status_code == 403


def test_only_numbers_that_there_are_lead_to_a_picture(wheels, bob, browser_of) -> None:
    browser = browser_of(bob)
    for number in (0, 2, 10**30):
        assert browser.get(wheels.address(number)).status_code == 404


def test_opening_a_picture_is_audited_once_an_hour_and_its_thumbnail_is_not(
    wheels, acme, bob, browser_of
) -> None:
    def views() -> int:
        with tenant_scope(acme.id):
            return AuditEvent.objects.filter(action="document.viewed").count()

    browser_of(bob).get(wheels.address(small=True))
    assert views() == 0
    for _ in range(2):
        browser_of(bob).get(wheels.address())
    assert views() == 1


# What is taken, and what comes out of it


def test_figures_of_a_pdf_are_taken_and_decoration_is_not(tmp_path) -> None:
    logo, icon, rule = figure("navy", (200, 100)), figure("red", (40, 40)), figure("grey", (900, 8))
    everywhere = [
        (logo, (420.0, 780.0, 100.0, 50.0)),
        (icon, (72, 700, 60, 60)),
        (rule, (72, 690, 400, 4)),
    ]
    behind = (figure("white", (600, 850)), (0.0, 0.0, 595.0, 842.0))
    data = illustrated_pdf(
        ("One", [*everywhere, (figure("teal"), PLACE)]),
        ("Two", [*everywhere, behind]),
        ("Three", [*everywhere, (figure("olive"), PLACE), (figure("maroon"), (330.0, 60.0, 200.0, 150.0))]),
    )
    found = taken(tmp_path, data)
    assert [picture.page for picture in found] == [1, 3, 3]
    middles = [opened(p.large).convert("RGB").resize((9, 9)).getpixel((6, 4)) for p in found]
    for seen, drawn in zip(middles, [(0, 128, 128), (128, 128, 0), (128, 0, 0)], strict=True):
        assert max(abs(a - b) for a, b in zip(seen, drawn, strict=True)) < 30, (seen, drawn)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_picture_is_cut_out_where_it_stands_on_a_turned_page(tmp_path, turned) -> None:
    [picture] = taken(tmp_path, illustrated_pdf(("One", [(figure(), PLACE)]), turned=turned))
    assert (picture.width > picture.height) == (turned % 180 == 0)
    seen = opened(picture.large).convert("RGB")
    assert seen.getpixel((3, picture.height // 2))[2] > 200, "white at the edge"
    assert seen.getpixel((picture.width // 3, picture.height // 2))[0] < 60, "teal within"


def test_words_within_a_picture_belong_to_it_and_those_that_it_cuts_through_do_not(tmp_path) -> None:
    blank = Image.new("RGB", (600, 300), "white")
    blank.paste("teal", (250, 250, 350, 290))
    lines = [""] * 40
    lines[22], lines[25] = "A label", "A line of the text beside it " * 5
    [picture] = taken(tmp_path, illustrated_pdf(("\n".join(lines), [(blank, (60.0, 300.0, 300.0, 150.0))])))
    seen = opened(picture.large).convert("L")

    def darkest(line: int) -> int:
        middle = (450 - (770 - line * 16) - 4) / 150 * seen.height
        return seen.crop((0, int(middle) - 10, seen.width, int(middle) + 10)).getextrema()[0]

    assert darkest(22) < 100
    assert darkest(25) > 200


def test_pieces_that_a_program_cut_a_picture_into_are_one_picture(tmp_path) -> None:
    whole = figure("teal", (400, 300))
    strips = [
        (whole.crop((0, top, 400, top + 50)), (72.0, 300.0 + 250 - top, 400.0, 50.0))
        for top in range(0, 300, 50)
    ]
    [picture] = taken(tmp_path, illustrated_pdf(("One", strips)))
    assert abs(picture.width / picture.height - 4 / 3) < 0.05


def test_pictures_on_slides_are_taken_with_their_words_and_a_design_on_all_of_them_is_not(tmp_path) -> None:
    slides = [("One", ["logo.png", "a.png"]), ("Two", ["logo.png"]), ("Three", ["logo.png", "b.jpg"])]
    media = {
        "logo.png": png("navy"),
        "a.png": png("teal"),
        "b.jpg": saved(figure("olive", (3000, 2000)), "JPEG"),
    }
    found = taken(tmp_path, pptx(*slides, media=media))
    assert [(p.page, p.words) for p in found] == [(1, WORDS), (3, WORDS)]
    assert (found[1].width, found[1].height) == (1600, 1067)
    assert opened(found[1].small).size == (320, 213)


def test_pictures_of_a_text_are_known_by_their_place_in_it(tmp_path) -> None:
    first, last = "Boxes have no wheels. " * 40, "Carts have them. " * 40
    found = taken(tmp_path, docx(first, png("teal"), last, png("olive")))
    text = "\n\n".join([first.strip(), f"Picture: {WORDS}", last.strip()])
    assert [p.start for p in found] == [len(first.strip()), len(text)]
    kept = PictureSet(
        items=[{"page": p.page, "start": p.start, "width": 1, "height": 1, "words": ""} for p in found]
    )
    assert [p.number for p in near(kept, page=None, start=0, end=100)] == []
    assert [p.number for p in near(kept, page=None, start=600, end=800)] == [1]


def test_an_image_is_the_picture_of_itself(tmp_path) -> None:
    [picture] = taken(tmp_path, png(size=(900, 700)))
    assert (picture.page, picture.width, picture.height) == (1, 900, 700)


def test_nothing_of_the_files_own_bytes_comes_out(tmp_path) -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "secret place", 6
    photo = saved(figure(), "JPEG", exif=exif, icc_profile=b"secret profile", comment=b"secret comment")
    [picture] = taken(tmp_path, docx("A photo", photo + b"<script>secret()</script>"))
    assert (picture.width, picture.height) == (300, 400), "upright as the camera was held"
    for size in (picture.small, picture.large):
        assert b"secret" not in size
        assert not {"exif", "icc_profile", "xmp"} & set(opened(size).info)


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(bomb(), id="bomb"),
        pytest.param(SVG, id="svg"),
        pytest.param(saved(figure(), "JPEG")[:700], id="cut off"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(500), id="damaged"),
        pytest.param(b"", id="empty"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", id="postscript"),
    ],
)
def test_a_hostile_picture_is_left_out_and_the_others_are_shown(tmp_path, hostile) -> None:
    found = taken(tmp_path, docx("Before", png("teal"), "Between", hostile, "After", png("olive")))
    assert len(found) == 2


def test_a_picture_that_lies_elsewhere_is_not_fetched(tmp_path) -> None:
    assert taken(tmp_path, docx("Words", link="http://127.0.0.1:9/beacon.png")) == []


def test_what_takes_too_much_ends_with_what_there_was(tmp_path) -> None:
    data = docx("Words", png("teal"), png("olive", (2000, 1500)))
    assert taken(tmp_path, data, output_bytes=100) == []
    assert taken(tmp_path, data, memory_bytes=1 << 20) == []
    assert len(taken(tmp_path, data)) == 2


def test_what_a_child_says_is_not_believed() -> None:
    picture = Picture(1, None, 400, 300, "", *([saved(figure(), "WEBP")] * 2))

    def answer(**changed: object) -> list[Picture]:
        wrong = Picture(**{**picture.__dict__, **changed})
        return list(PictureReader().feed(b"".join(encode_pictures([wrong]))))

    assert answer() == [picture]
    for changed in (
        {"large": SVG},
        {"small": picture.small + b"<script>"},
        {"page": "1"},
        {"width": -5},
        {"height": 10**6},
        {"start": 10**12},
    ):
        with pytest.raises(MalformedAnswerError):
            answer(**changed)
    with pytest.raises(MalformedAnswerError):
        list(PictureReader().feed(b"\xff" * 64))


@pytest.mark.skipif(not FILES.exists(), reason="the real files are not here")
@pytest.mark.parametrize(
    ("name", "pages"),
    [("redp5110_sampled.pdf", {1, 3, 4, 5, 7, 14}), ("word_sample.docx", {1}), ("multi_page.pdf", set())],
)
def test_real_documents(tmp_path, name, pages) -> None:
    found = taken(tmp_path, (FILES / name).read_bytes(), name)
    assert pages <= {picture.page for picture in found}
    assert bool(pages) == bool(found)


# How they are kept


def test_taking_them_twice_keeps_them_once(wheels, acme) -> None:
    names = set(stored(wheels))
    tasks.pictures(str(wheels.tenant), str(wheels.version.pk))
    with tenant_scope(acme.id):
        assert PictureSet.objects.count() == 1
    assert set(stored(wheels)) == names == {str(wheels.version.pk), f"{wheels.version.pk}.pictures"}


def stored(given: Given) -> list[str]:
    return default_storage.listdir(str(given.tenant))[1]


def test_a_document_without_pictures_is_looked_at_once(give, acme, bob, browser_of) -> None:
    given = give(illustrated_pdf(("Words", [])))
    with tenant_scope(acme.id):
        assert PictureSet.objects.get().items == []
    assert stored(given) == [str(given.version.pk)]
    assert browser_of(bob).get(given.address()).status_code == 404


def test_a_document_that_is_deleted_meanwhile_leaves_no_pictures(give, acme, manager, monkeypatch) -> None:
    given = give(illustrated_pdf(("Words", [(figure(), PLACE)])), keep=False)

    def while_it_is_read(*args: object, **kwargs: object) -> list[Picture]:
        delete_document(given.document, require_member(manager.pk, tenant=acme.id))
        return list(take_pictures(*args, **kwargs))

    monkeypatch.setattr("ingestion.pictures.take_pictures", while_it_is_read)
    with tenant_scope(acme.id):
        keep_pictures(given.version.pk)
        assert not PictureSet.objects.exists()
    assert stored(given) == [str(given.version.pk)]


def test_pictures_go_with_their_version_and_its_document(
    own_index, acme, manager, handbook, settings, monkeypatch
) -> None:
    """All of a life in one test, since an index of its own takes longer than the rest."""
    settings.EARLIER_VERSIONS_KEPT = 0
    monkeypatch.setattr(reconciling, "YOUNG", timedelta(0))
    mia = require_member(manager.pk, tenant=acme.id)

    def upload(colour: str) -> DocumentVersion:
        data = illustrated_pdf((f"Boxes on {colour} wheels", [(figure(colour), PLACE)]))
        with tenant_scope(acme.id):
            accepted = accept_upload(
                io.BytesIO(data), name="Wheels.pdf", collection=handbook, member=mia, send=False
            )
            pipeline.ingest(accepted.version.pk)
            keep_pictures(accepted.version.pk)
            return DocumentVersion.objects.get(pk=accepted.version.pk)

    def files() -> set[str]:
        return set(default_storage.listdir(str(acme.id))[1])

    upload("teal")
    version = upload("olive")
    own = {str(version.pk), f"{version.pk}.pictures"}
    assert files() == own, "those of the first version went with it"
    default_storage.save(f"{acme.id}/gone.pictures", ContentFile(b"x"))
    found = reconciling.reconcile(tenant=acme.id, say=print)
    assert (found.stray_files, found.missing_files, files()) == (1, 0, own)
    with tenant_scope(acme.id):
        size = default_storage.size(f"{acme.id}/{version.pk}.pictures")
        delete_document(Document.objects.get(), mia)
        purging.purge_document(version.document_id)
        assert not PictureSet.objects.exists()
        receipt = DeletionReceipt.objects.get()
    assert files() == set()
    assert (receipt.removed["files"], receipt.removed["bytes"]) == (2, size + version.size)
    assert receipt.check_found["found"]["files"] == 0


def test_pictures_whose_file_is_lost_are_taken_again(wheels, acme, bob, browser_of) -> None:
    with tenant_scope(acme.id):
        default_storage.delete(PictureSet.objects.get().file.name)
    assert browser_of(bob).get(wheels.address()).status_code == 404
    tasks.pictures(str(wheels.tenant), str(wheels.version.pk))
    assert browser_of(bob).get(wheels.address()).status_code == 200


def test_pictures_lie_in_object_storage_and_come_out_one_at_a_time(
    object_store, settings, give, bob, browser_of
) -> None:
    for name, value in object_store.settings.items():
        setattr(settings, name, value)
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "ingestion.s3.S3Originals"}}
    below = (figure("olive"), (72.0, 60.0, 240.0, 180.0))
    given = give(illustrated_pdf(("Words", [(figure(), PLACE), below])))
    for number in (1, 2):
        answer = browser_of(bob).get(given.address(number))
        assert answer.status_code == 200
        assert opened(answer.content).size == (480, 360)
