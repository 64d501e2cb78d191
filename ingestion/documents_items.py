"""How a document looks in the JSON of the documents page."""

from dataclasses import asdict
from typing import Any

from django.urls import reverse

from ingestion.models import Document, DocumentVersion
from ingestion.pace import Pace
from ingestion.progress import UNKNOWN, document_progress, progress_of


def item_of(document: Document, version: DocumentVersion, pace: Pace | None = None) -> dict[str, Any]:
    """A row of the list. `version` is its newest; pages and passages are those of the text that answers."""
    return {
        "id": str(document.pk),
        "title": document.title,
        "file": document.file_name,
        "folder": document.folder,
        "collection": {"id": str(document.collection_id), "name": document.collection.name},
        "tags": document.tags,
        "added": document.created.isoformat(),
        "by": str(document.uploader) if document.uploader else "",
        "version": version.number,
        "size": version.size,
        "pages": version.pages,
        "passages": version.passage_count,
        "remarks": version.warnings,
        "original": reverse("document-file", args=[version.pk]),
        **asdict(document_progress(document, version, pace or UNKNOWN)),
    }


def details_of(document: Document, pace: Pace) -> dict[str, Any]:
    versions = list(document.versions.order_by("-number"))
    return {
        "item": item_of(document, versions[0], pace) if versions else None,
        "versions": [_version(document, version) for version in versions],
        "admin": reverse("admin:ingestion_document_change", args=[document.pk]),
    }


def _version(document: Document, version: DocumentVersion) -> dict[str, Any]:
    progress = progress_of(version, answers=False)
    return {
        "number": version.number,
        "state": progress.state,
        "label": progress.label,
        "error": progress.error,
        "remarks": version.warnings,
        "added": version.created.isoformat(),
        "size": version.size,
        "pages": version.pages,
        "passages": version.passage_count,
        "seconds": round(sum(version.timings.values()) / 1000, 1),
        "answers": document.current_version_id == version.pk,
        "original": reverse("document-file", args=[version.pk]),
    }
