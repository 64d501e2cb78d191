"""Changing many documents at once in the admin: each action asks on a page of its own, then says what came of it."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ingestion import tending
from ingestion.admin_filters import with_tags_like
from ingestion.admin_shown import collections_shown
from ingestion.days import in_words, today
from ingestion.models import Document
from ingestion.tending import Outcome
from ingestion.tending_forms import (
    BulkForm,
    MoveForm,
    OwnerForm,
    ReviewedForm,
    ReviewForm,
    TagsForm,
    ValidityForm,
    tenders,
)
from tenants.admin_base import TenantModelAdmin

NAMED = 50  # documents that a page names; of more it gives the number


class TendingAdmin(TenantModelAdmin):
    """What the list of documents can do to several of them, and shows of what people said of each."""

    # --- Columns and search

    def tags_html(self, row: Document) -> SafeString:
        return format_html_join(" ", '<span class="cq-tag">{}</span>', ((tag,) for tag in row.tags))

    @admin.display(description="Tended by", ordering="owner__name")
    def tended_by(self, row: Document) -> SafeString:
        said = format_html_join(
            "", '<span class="cq-sub cq-mark">{}</span>', ((words,) for words in remarks(row))
        )
        return format_html('<div class="cq-cell">{}{}</div>', row.owner or "–", said)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if search_term.strip():
            found = found | with_tags_like(queryset, search_term)
        return found, duplicates

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        if db_field.name == "owner":
            return tenders()
        if db_field.name == "collection":
            return collections_shown(request)
        return super().get_field_queryset(db, db_field, request)

    # --- Actions

    @admin.action(description="Move to another collection …")
    def move(self, request: HttpRequest, queryset: QuerySet[Document]) -> HttpResponse | None:
        return self._ask(request, queryset, MoveForm, tending.move_documents, "moved to {collection}")

    @admin.action(description="Add or remove tags …")
    def tag(self, request: HttpRequest, queryset: QuerySet[Document]) -> HttpResponse | None:
        return self._ask(request, queryset, TagsForm, tending.change_tags, "given other tags")

    @admin.action(description="Choose an owner …")
    def assign(self, request: HttpRequest, queryset: QuerySet[Document]) -> HttpResponse | None:
        return self._ask(request, queryset, OwnerForm, tending.set_owner, "given another owner")

    @admin.action(description="Set the review date …")
    def review(self, request: HttpRequest, queryset: QuerySet[Document]) -> HttpResponse | None:
        return self._ask(request, queryset, ReviewForm, tending.set_review, "given another review date")

    @admin.action(description="Mark as reviewed …")
    def reviewed(self, request: HttpRequest, queryset: QuerySet[Document]) -> HttpResponse | None:
        def act(documents: QuerySet[Document], *, months: str, member: Any) -> Outcome:
            return tending.mark_reviewed(documents, months=int(months), member=member)

        return self._ask(request, queryset, ReviewedForm, act, "marked as reviewed")

    @admin.action(description="Set on which days they hold …")
    def validity(self, request: HttpRequest, queryset: QuerySet[Document]) -> HttpResponse | None:
        return self._ask(request, queryset, ValidityForm, tending.set_validity, "given other days")

    @admin.action(description="Read and index again")
    def reindex(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        outcome = tending.read_again(queryset, member=self.acting(request))
        say(request, outcome, "queued to be read again")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        tending.delete_documents(queryset, member=self.acting(request))

    def _ask(
        self,
        request: HttpRequest,
        queryset: QuerySet[Document],
        form_class: type[BulkForm],
        act: Callable[..., Outcome],
        done: str,
    ) -> HttpResponse | None:
        """The form, until it is filled in; then the change, and what came of it."""
        member = self.acting(request)
        form = form_class(request.POST if "apply" in request.POST else None, member=member)
        if form.is_valid():
            outcome = act(queryset, member=member, **form.cleaned_data)
            say(request, outcome, done.format(**form.cleaned_data))
            return None
        count = queryset.count()
        whole = request.POST.get("select_across") == "1"
        context = self.admin_site.each_context(request) | {
            "title": form.title,
            "opts": self.opts,
            "form": form,
            "media": self.media + form.media,
            "action": request.POST["action"],
            "documents": queryset.select_related("collection")[: NAMED if whole else count],
            "selected": [request.POST.getlist("_selected_action")[0]] if whole else None,
            "more": max(0, count - NAMED) if whole else 0,
        }
        return TemplateResponse(request, "admin/ingestion/document/bulk.html", context)


def say(request: HttpRequest, outcome: Outcome, done: str) -> None:
    if outcome.changed:
        counted = "1 document was" if outcome.changed == 1 else f"{outcome.changed} documents were"
        messages.success(request, f"{counted} {done}.")
    if outcome.refused:
        messages.warning(request, f"{len(outcome.refused)} left as before: {outcome.reasons}")


def remarks(document: Document) -> list[str]:
    """What the list says about the days of a document."""
    day, said = today(), []
    if document.narrowing_id:
        said.append("Only for some readers")
    if document.valid_until and document.valid_until < day:
        said.append(f"Expired on {in_words(document.valid_until)}")
    if document.valid_from and document.valid_from > day:
        said.append(f"Holds from {in_words(document.valid_from)}")
    if document.review_on:
        due = "Review due since" if document.review_on <= day else "Review on"
        said.append(f"{due} {in_words(document.review_on)}")
    return said
