"""How far a document is, in words and per cent for people: the same on pages and in the JSON they poll."""

from dataclasses import dataclass

from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from ingestion.models import Document, DocumentVersion, Stage, Status
from ingestion.pace import Pace

# Where each stage begins and ends on the bar that people see. Embedding takes nearly all of the time.
SPANS = {Stage.PARSE: (5, 20), Stage.CHUNK: (20, 25), Stage.EMBED: (25, 95), Stage.PUBLISH: (95, 100)}
UNKNOWN = Pace()
WAITS = gettext_noop("A service does not answer. The document waits until it does.")
BY_CODE = {
    "corrupt": gettext_noop("This file is damaged and could not be read. Save it again and upload that."),
    "disguised": gettext_noop(
        "The content of this file is not of the kind that its name says. It was not read."
    ),
    "encrypted": gettext_noop("This file is protected with a password. Upload a copy that has none."),
    "infected": gettext_noop("The virus scanner found something in this file. It was not read."),
    "no_text": gettext_noop("No text was found in this file. Upload a version with text, or a sharper scan."),
    "too_large": gettext_noop("This file is larger than what is read. Split it up."),
    "unsupported": gettext_noop("This kind of file cannot be read. Save it as PDF or .docx and upload that."),
    "embedding_unavailable": WAITS,
    "scanner_unavailable": WAITS,
    "storage_unavailable": WAITS,
    "store_unavailable": WAITS,
}


@dataclass(frozen=True)
class Progress:
    state: str  # a Status
    label: str
    percent: int
    busy: bool
    seconds_left: int | None
    error: str
    code: str
    note: str
    cancelable: bool
    retryable: bool


def progress_of(
    version: DocumentVersion, *, answers: bool, pace: Pace = UNKNOWN, anew: bool = False
) -> Progress:
    """`answers`: whether another version of the document, or this one's earlier passages, can be found meanwhile.

    `anew`: this is the version that answers, being read once more.
    """
    return Progress(
        state=version.status,
        label=_label(version),
        percent=_percent(version),
        busy=not version.finished,
        seconds_left=pace.seconds_left(version),
        error=error_in_words(version) if version.status in (Status.FAILED, Status.QUEUED) else "",
        code=version.error_code if version.status == Status.FAILED else "",
        note=_note(version, answers=answers),
        cancelable=not version.finished and not (anew and version.stage not in ("", Stage.PARSE)),
        retryable=version.status in (Status.FAILED, Status.CANCELED),
    )


def error_in_words(version: DocumentVersion) -> str:
    """What is wrong, in the reader's language: as it was told, or where that names numbers or kinds, by its code."""
    told = _(version.error) if version.error else ""
    if told != version.error or (get_language() or "en").startswith("en"):
        return told
    return _(BY_CODE[version.error_code]) if version.error_code in BY_CODE else told


def document_progress(document: Document, version: DocumentVersion, pace: Pace = UNKNOWN) -> Progress:
    current = document.current_version_id
    return progress_of(version, answers=current is not None, pace=pace, anew=current == version.pk)


def _label(version: DocumentVersion) -> str:
    if version.status == Status.PROCESSING:
        return str(Stage(version.stage).label) if version.stage else _("Starting")
    if version.status == Status.QUEUED and version.attempts:
        return _("Waiting to try again")
    return str(Status(version.status).label)


def _percent(version: DocumentVersion) -> int:
    if version.status != Status.PROCESSING:
        return 100 if version.finished else 0
    if not version.stage:
        return 2
    start, end = SPANS[Stage(version.stage)]
    return start + (end - start) * min(100, version.progress) // 100


def _note(version: DocumentVersion, *, answers: bool) -> str:
    if version.status == Status.READY and version.warnings:
        count = len(version.warnings)
        return ngettext("{count} remark", "{count} remarks", count).format(count=count)
    if answers and version.status in (Status.FAILED, Status.CANCELED, Status.QUEUED, Status.PROCESSING):
        return _("Questions are answered from the earlier text meanwhile.")
    if version.status == Status.CANCELED:
        return _("It was stopped and cannot be found. Retry reads it from the beginning.")
    return ""
