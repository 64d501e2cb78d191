"""Verified answers in the admin: written once, for a gap or without one, versioned, retired and brought back."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assistant.verified import actions
from assistant.verified.index import MOST_WORDINGS, embed_waiting
from assistant.verified.models import VerifiedAnswer, VerifiedWording
from chat.gaps.models import KnowledgeGap, VerifiedCitation
from chat.gaps.reading import wordings
from chat.gaps.solving import solved_by
from chat.gaps.widgets import LongText
from ingestion.access import tended_documents
from ingestion.days import today
from ingestion.models import Collection
from tenants.actions import record
from tenants.admin_base import TenantForm, TenantModelAdmin
from tenants.admin_site import acting_member

MOST_LINES = 20
LONGEST = 500


class VerifiedForm(TenantForm):
    questions = forms.CharField(
        label="Questions that it answers",
        widget=LongText(attrs={"rows": 4}),
        help_text=f"One a line, in the words people use; several wordings are found more often. At most {MOST_LINES}.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["questions"] = "\n".join(row.text for row in self.instance.wordings.all())
        if "collection" in self.fields:
            self.fields["collection"].required = True

    def clean_questions(self) -> list[str]:
        lines = [" ".join(line.split()) for line in self.cleaned_data["questions"].splitlines()]
        lines = list(dict.fromkeys(line for line in lines if line))
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(f"At most {MOST_LINES} questions, please: one a line.")
        if any(len(line) > LONGEST for line in lines):
            raise forms.ValidationError(f"A question has at most {LONGEST} characters.")
        others = VerifiedWording.objects.exclude(answer=self.instance.pk).count()
        if others + len(lines) > MOST_WORDINGS:
            raise forms.ValidationError(
                f"Your organisation has {others} wordings already, of at most {MOST_WORDINGS}. "
                "Delete answers that are not needed any more."
            )
        return lines


@admin.register(VerifiedAnswer)
class VerifiedAnswerAdmin(TenantModelAdmin):
    audit_name = "verified_answer"
    form = VerifiedForm
    fields = ("questions", "text", "collection", "review_on", "sources")
    list_display = ("asked", "collection", "author", "verified_on", "standing", "given")
    list_before_template = "admin/gaps/verified_list_top.html"
    change_form_outer_before_template = "admin/gaps/verified_top.html"
    search_fields = ("wordings__text", "text")
    actions = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        member = acting_member(request)
        if member is None:
            return VerifiedAnswer.objects.none()
        rows = VerifiedAnswer.objects.tended_by(member).select_related("collection", "author")
        return rows.prefetch_related("wordings").order_by("-created")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and self._tends(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._tends(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._tends(request, obj)

    def _tends(self, request: HttpRequest, obj: Any) -> bool:
        member = acting_member(request)
        if obj is None or member is None:
            return member is not None
        return VerifiedAnswer.objects.tended_by(member).filter(pk=obj.pk).exists()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        if db_field.name == "collection":
            return Collection.objects.tended_by(self.acting(request))
        if db_field.name == "sources":
            return tended_documents(self.acting(request)).order_by("title")
        return super().get_field_queryset(db, db_field, request)

    # --- For a gap

    def gap_of(self, request: HttpRequest) -> KnowledgeGap | None:
        """The gap that the page was opened for, if it is one of theirs."""
        try:
            wanted = UUID(request.GET.get("gap", ""))
        except ValueError:
            return None
        return KnowledgeGap.objects.tended_by(self.acting(request)).filter(pk=wanted).first()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        gap = self.gap_of(request)
        if gap is None:
            return {}
        texts = wordings(gap.pk, self.acting(request)).texts
        return {"questions": "\n".join(texts), "collection": gap.collection_id}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        author = self.acting(request)
        actions.publish(obj, form.cleaned_data["questions"], author=author.user)
        transaction.on_commit(embed_waiting)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        logged = super().log_addition(request, obj, message)
        if gap := self.gap_of(request):
            solved_by(obj, gap.pk, self.acting(request))
        return logged

    # --- Columns

    @admin.display(description="Question")
    def asked(self, row: VerifiedAnswer) -> str:
        found = list(row.wordings.all())
        return found[0].text if found else "–"

    @admin.display(description="State")
    def standing(self, row: VerifiedAnswer) -> SafeString:
        look, words = "ready", "In use"
        if row.retired_at:
            look, words = "", "Retired"
        elif row.collection_id is None:
            look, words = "failed", "No readers: choose a collection"
        elif row.review_on and row.review_on < today():
            look, words = "failed", "Review overdue"
        return format_html('<span class="cq-badge" data-state="{}">{}</span>', look, words)

    @admin.display(description="Given")
    def given(self, row: VerifiedAnswer) -> int:
        return VerifiedCitation.objects.filter(answer=row).aggregate(count=Count("pk"))["count"]  # type: ignore[no-any-return]

    # --- Versions

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        more = {"answer": row, "revisions": row.revisions.select_related("author")[:50]} if row else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<uuid:verified>/retire/", view(self.retire), name="verified_verifiedanswer_retire"),
            path(
                "<uuid:verified>/version/<int:number>/",
                view(self.restore),
                name="verified_verifiedanswer_restore",
            ),
        ]
        return [*own, *super().get_urls()]

    def _posted(self, request: HttpRequest, answer: UUID) -> Any:
        row = self.get_object(request, str(answer))
        if request.method != "POST" or row is None or not self.has_change_permission(request, row):
            return None
        return row

    def retire(self, request: HttpRequest, verified: UUID) -> HttpResponse:
        """Or bring it back, when it is retired."""
        row = self._posted(request, verified)
        if row is None:
            return redirect("admin:verified_verifiedanswer_changelist")
        back = row.retired_at is not None
        actions.retire(row, actor=self.acting(request).user, back=back)
        messages.success(
            request, "It is in use again." if back else "It is retired and answers nobody any more."
        )
        return redirect("admin:verified_verifiedanswer_change", verified)

    def restore(self, request: HttpRequest, verified: UUID, number: int) -> HttpResponse:
        row = self._posted(request, verified)
        if row is None:
            return redirect("admin:verified_verifiedanswer_changelist")
        with transaction.atomic():
            if actions.restore_version(row, number, author=self.acting(request).user):
                record("verified_answer.changed", actor=request.user.pk, subject=row.pk, as_in_version=number)
                transaction.on_commit(embed_waiting)
                messages.success(request, f"It says again what version {number} said.")
        return redirect("admin:verified_verifiedanswer_change", verified)
