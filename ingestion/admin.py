"""Documents and collections in the admin. Every change goes through ingestion.actions."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.defaultfilters import date, filesizeformat
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from ingestion import admin_views
from ingestion.actions import (
    cancel_version,
    delete_document,
    move_document,
    rename_document,
    retry_version,
)
from ingestion.admin_collections import CollectionAdmin  # noqa: F401  registers itself
from ingestion.admin_explain import explain_access  # noqa: F401  registers itself
from ingestion.admin_filters import CollectionFilter, OwnerFilter, StandingFilter, TagFilter
from ingestion.admin_guests import invite_guests  # noqa: F401  registers itself
from ingestion.admin_receipts import DeletionReceiptAdmin  # noqa: F401  registers itself
from ingestion.admin_shown import collections_shown, documents_shown
from ingestion.admin_tending import TendingAdmin, say
from ingestion.models import Document, DocumentVersion, Status
from ingestion.narrowing import narrow_document, widen_document
from ingestion.progress import document_progress, progress_of
from ingestion.reviewing import due_for_review
from ingestion.tending import change_document, mark_reviewed
from ingestion.tending_forms import NARROWED, DocumentForm, ReviewedForm
from ingestion.views import original
from tenants.access import Member

SAID = ("owner", "tags", "valid_from", "valid_until", "review_on")


class StatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("busy", "Being read"),
            (Status.READY, "Ready"),
            (Status.FAILED, "Failed"),
            (Status.CANCELED, "Canceled"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None:
                return queryset
            case "busy":
                return queryset.filter(newest_status__in=[Status.QUEUED, Status.PROCESSING])
            case state:
                return queryset.filter(newest_status=state)


@admin.register(Document)
class DocumentAdmin(TendingAdmin):
    support = "documents"
    form = DocumentForm
    list_display = (
        "title_cell",
        "status_cell",
        "size",
        "pages",
        "passages",
        "collection",
        "tended_by",
        "added",
    )
    list_display_links = None
    list_filter = (("collection", CollectionFilter), StatusFilter, StandingFilter, TagFilter, OwnerFilter)
    search_fields = ("title", "name")
    search_help_text = "Search by title, file name or tag"
    ordering = ("-created",)
    list_select_related = ("collection", "uploader", "owner", "current_version", "narrowing")
    actions = ("retry_failed", "reindex", "cancel", "reviewed", "review", "assign", "tag", "validity", "move")
    fields = ("title", "collection", "owner", "tags", ("valid_from", "valid_until"), "review_on", *NARROWED)
    conditional_fields: ClassVar = dict.fromkeys(NARROWED[1:], "narrowed == true")
    list_before_template = "admin/ingestion/document/list_top.html"
    change_form_outer_before_template = "admin/ingestion/document/facts.html"
    change_form_outer_after_template = "admin/ingestion/document/versions.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        newest = DocumentVersion.objects.filter(document=OuterRef("pk")).order_by("-number")
        versions = DocumentVersion.objects.order_by("-number")
        tended = collections_shown(request)
        rows: QuerySet[Any] = super().get_queryset(request).filter(deleted_at=None, collection__in=tended)
        rows = rows.annotate(
            newest_status=Subquery(newest.values("status")[:1]),
            newest_size=Subquery(newest.values("size")[:1]),
        )
        return rows.prefetch_related(Prefetch("versions", versions, to_attr="newest_first"))

    # --- The list ---------------------------------------------------------------------------------------------

    @admin.display(description="Document", ordering="title")
    def title_cell(self, row: Any) -> SafeString:
        url = reverse("admin:ingestion_document_change", args=[row.pk])
        return format_html(
            '<div class="cq-cell"><a href="{}" class="cq-title">{}</a><span class="cq-sub">{}</span>{}</div>',
            url,
            row.title,
            row.name,
            self.tags_html(row),
        )

    @admin.display(description="Status", ordering="newest_status")
    def status_cell(self, row: Any) -> SafeString:
        return status_html(row, row.newest_first[0]) if row.newest_first else SafeString("–")

    @admin.display(description="Size", ordering="newest_size")
    def size(self, row: Any) -> str:
        return filesizeformat(row.newest_size or 0)

    @admin.display(description="Pages")
    def pages(self, row: Any) -> SafeString:
        return counted(row, "pages", shown_version(row).pages)

    @admin.display(description="Passages")
    def passages(self, row: Any) -> SafeString:
        return counted(row, "passages", shown_version(row).passage_count)

    @admin.display(description="Added", ordering="created")
    def added(self, row: Document) -> SafeString:
        when = date(localtime(row.created), "DATETIME_FORMAT")
        return format_html(
            '<div class="cq-cell">{}<span class="cq-sub">{}</span></div>', when, row.uploader or ""
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # documents come in by upload

    # --- Actions on several -----------------------------------------------------------------------------------

    @admin.action(description="Retry failed and canceled documents")
    def retry_failed(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        retry = partial(
            retry_version, set_aside=queryset.count() == 1
        )  # many at once are no wish for this one
        self._queue_again(
            request, queryset, retry, "None of them had failed or was canceled, or all were set aside."
        )

    @admin.action(description="Stop reading")
    def cancel(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        member = self.acting(request)
        stopped = sum(cancel_version(version, member) for version in newest_versions(queryset))
        if stopped:
            messages.success(request, "Stopped." if stopped == 1 else f"{stopped} documents were stopped.")
        else:
            messages.info(request, "None of them waits or is being read.")

    def _queue_again(
        self, request: HttpRequest, queryset: QuerySet[Document], act: Callable[..., bool], nothing: str
    ) -> None:
        member = self.acting(request)
        queued = sum(act(version, member) for version in newest_versions(queryset))
        if queued:
            text = (
                "1 document is being read again."
                if queued == 1
                else f"{queued} documents are being read again."
            )
            messages.success(request, text)
        else:
            messages.info(request, nothing)

    def delete_model(self, request: HttpRequest, obj: Document) -> None:
        delete_document(obj, self.acting(request))

    # --- One document -----------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        member = self.acting(request)
        if "collection" in form.changed_data:
            move_document(obj, collection=obj.collection, member=member)
        if said := {name: form.cleaned_data[name] for name in SAID if name in form.changed_data}:
            change_document(obj, member=member, **said)
        if set(NARROWED) & set(form.changed_data):
            self.narrow(obj, form.cleaned_data, member)
        if "title" in form.changed_data:
            rename_document(obj, obj.title, member)
            messages.info(request, "Search finds the new title once the document has been read again.")

    def narrow(self, document: Document, said: dict[str, Any], member: Member) -> None:
        if said["narrowed"]:
            groups, people = said["narrowed_groups"], said["narrowed_people"]
            narrow_document(document, groups=groups, people=people, member=member)
        else:
            widen_document(document, member=member)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):  # asked before there is a scope to count in
            raise PermissionDenied
        due = due_for_review(documents_shown(request)).count()
        return super().changelist_view(request, {**(extra_context or {}), "due_for_review": due})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        document = self.get_object(request, object_id)
        more = {"show_save_and_continue": False, "show_delete": False}
        if document is not None:
            more |= self.document_context(document)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def document_context(self, document: Any) -> dict[str, Any]:
        versions = [
            {"row": v, "progress": progress_of(v, answers=False), "seconds": sum(v.timings.values()) / 1000}
            for v in document.newest_first
        ]
        newest = document.newest_first[0] if document.newest_first else None
        return {
            "document": document,
            "newest": newest,
            "shown": shown_version(document),
            "status": status_html(document, newest) if newest else "",
            "versions": versions,
            "needs_password": newest is not None
            and newest.status == Status.FAILED
            and newest.error_code == "encrypted",
            "can_retry": newest is not None and newest.status in (Status.FAILED, Status.CANCELED),
            "can_cancel": newest is not None and document_progress(document, newest).cancelable,
            "reviewed_form": ReviewedForm(),
            "can_reindex": newest is not None and newest.status == Status.READY,
        }

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "ingestion_document_{}".format
        return [
            path("add/", view(self.add_by_upload), name=name("add")),
            path("upload/", view(self.upload), name=name("upload")),
            path("upload/file/", view(self.upload_file), name=name("upload_file")),
            path("progress/", view(self.progress), name=name("progress")),
            path("<uuid:document>/retry/", view(self.retry_one), name=name("retry")),
            path("<uuid:document>/password/", view(self.password), name=name("password")),
            path("<uuid:document>/reindex/", view(self.reindex_one), name=name("reindex")),
            path("<uuid:document>/cancel/", view(self.cancel_one), name=name("cancel")),
            path("<uuid:document>/reviewed/", view(self.reviewed_one), name=name("reviewed")),
            path("<uuid:document>/text/", view(self.text), name=name("text")),
            path("<uuid:document>/passages/", view(self.passage_list), name=name("passages")),
            path("<uuid:document>/file/<int:number>/", view(self.download), name=name("file")),
            *super().get_urls(),
        ]

    def add_by_upload(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:ingestion_document_upload")

    def upload(self, request: HttpRequest) -> HttpResponse:
        context = self.admin_site.each_context(request) | {"opts": self.opts, "media": self.media}
        return admin_views.upload_page(request, context, self.acting(request))

    def upload_file(self, request: HttpRequest) -> JsonResponse:
        return admin_views.upload_file(request, self.acting(request))

    def progress(self, request: HttpRequest) -> JsonResponse:
        return admin_views.progress(request, self.acting(request))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """From the audit trail, which knows uploads and moves too, and not from Django's log of form changes."""
        try:
            wanted = UUID(object_id)
        except ValueError as error:
            raise Http404 from error
        return self._part(request, wanted, "history", admin_views.history_context)

    def tended(self, request: HttpRequest, document: UUID) -> Document:
        """The document, if this person may tend it; 404 otherwise."""
        self.acting(request)
        row: Document | None = self.get_object(request, str(document))
        if row is None or not self.has_change_permission(request, row):
            raise Http404
        return row

    def shown(self, request: HttpRequest, document: UUID) -> Document:
        """The document, if this person may read of it here; 404 otherwise."""
        row: Document | None = self.get_object(request, str(document))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        return row

    def retry_one(self, request: HttpRequest, document: UUID) -> HttpResponse:
        return self._act_on_one(request, document, self.retry_failed)

    def password(self, request: HttpRequest, document: UUID) -> HttpResponse:
        row = self.tended(request, document)
        if request.method != "POST":
            raise Http404
        admin_views.take_password(request, row, self.acting(request))
        return redirect("admin:ingestion_document_change", row.pk)

    def reindex_one(self, request: HttpRequest, document: UUID) -> HttpResponse:
        return self._act_on_one(request, document, self.reindex)

    def cancel_one(self, request: HttpRequest, document: UUID) -> HttpResponse:
        return self._act_on_one(request, document, self.cancel)

    def reviewed_one(self, request: HttpRequest, document: UUID) -> HttpResponse:
        row = self.tended(request, document)
        form = ReviewedForm(request.POST)
        if request.method != "POST" or not form.is_valid():
            raise Http404
        months = int(form.cleaned_data["months"])
        outcome = mark_reviewed([row], months=months, member=self.acting(request))
        say(request, outcome, "marked as reviewed")
        return redirect("admin:ingestion_document_change", row.pk)

    def _act_on_one(self, request: HttpRequest, document: UUID, act: Callable[..., Any]) -> HttpResponse:
        row = self.tended(request, document)
        if request.method != "POST":
            raise Http404
        act(request, Document.objects.filter(pk=row.pk))
        return redirect("admin:ingestion_document_change", row.pk)

    def text(self, request: HttpRequest, document: UUID) -> HttpResponse:
        return self._part(request, document, "text", admin_views.text_context)

    def passage_list(self, request: HttpRequest, document: UUID) -> HttpResponse:
        return self._part(request, document, "passages", admin_views.passages_context)

    def _part(
        self, request: HttpRequest, document: UUID, part: str, more: Callable[..., dict[str, Any]]
    ) -> HttpResponse:
        row = self.shown(request, document)
        context = self.admin_site.each_context(request) | self.document_context(row) | more(request, row)
        context |= {"opts": self.opts, "original": row, "title": row.title, "part": part}
        return TemplateResponse(request, f"admin/ingestion/document/{part}.html", context)

    def download(self, request: HttpRequest, document: UUID, number: int) -> Any:
        version = self.shown(request, document).versions.filter(number=number).first()
        if version is None:
            raise Http404
        return original(request, version)


def newest_versions(queryset: QuerySet[Document]) -> list[DocumentVersion]:
    newest = DocumentVersion.objects.filter(document=OuterRef("pk")).order_by("-number")
    ids = queryset.annotate(newest=Subquery(newest.values("pk")[:1])).values_list("newest", flat=True)
    return list(DocumentVersion.objects.filter(pk__in=list(ids)))


def shown_version(document: Any) -> DocumentVersion:
    """Whose pages and passages are counted: the version that answers, else the newest."""
    return document.current_version or (document.newest_first or [DocumentVersion()])[0]  # type: ignore[no-any-return]


def counted(document: Document, field: str, number: int | None) -> SafeString:
    return format_html(
        '<span class="cq-count" data-document="{}" data-field="{}">{}</span>',
        document.pk,
        field,
        number or "–",
    )


def status_html(document: Document, version: DocumentVersion) -> SafeString:
    context = {"document": document, "progress": document_progress(document, version)}
    return render_to_string("admin/ingestion/document/status.html", context)
