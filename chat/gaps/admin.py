"""Knowledge gaps and the rules of answers in the admin. Verified answers are in `admin_verified`."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chat.gaps import admin_verified  # noqa: F401  registers its pages
from chat.gaps.models import AnswerRules, GapState, KnowledgeGap
from chat.gaps.reading import comments, counted_gaps, ratings_summary, tenders_of, wordings
from chat.gaps.rules import rules
from chat.gaps.tasks import try_again
from ingestion.models import Collection
from ingestion.tending_forms import tenders
from tenants.actions import record
from tenants.admin_base import AdministeredModelAdmin, TenantModelAdmin
from tenants.admin_site import acting_member


@admin.register(KnowledgeGap)
class KnowledgeGapAdmin(TenantModelAdmin):
    audit_name = "gap"
    fields = ("state", "assignee", "collection", "note")
    list_display = ("how_often", "people", "newest", "matter", "state_html", "assignee")
    list_display_links = None  # the first column is a link of its own
    list_filter = ("state",)
    list_per_page = 25
    list_before_template = "admin/gaps/list_top.html"
    change_form_outer_before_template = "admin/gaps/gap_top.html"
    actions = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        member = acting_member(request)
        if member is None:
            return KnowledgeGap.objects.none()
        return counted_gaps(member).select_related("collection", "assignee").order_by("-times", "-last")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and (obj is None or self._tends(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or self._tends(request, obj))

    def _tends(self, request: HttpRequest, obj: Any) -> bool:
        member = acting_member(request)
        return member is not None and KnowledgeGap.objects.tended_by(member).filter(pk=obj.pk).exists()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        if db_field.name == "assignee":
            return tenders()
        if db_field.name == "collection":
            return Collection.objects.tended_by(self.acting(request))
        return super().get_field_queryset(db, db_field, request)

    # --- Columns

    def get_list_display(self, request: HttpRequest) -> Any:
        self_words: list[UUID] = []
        request.gap_words = self_words  # type: ignore[attr-defined]  # the ids of questions whose words are shown
        member = self.acting(request)

        @admin.display(description="Asked")
        def asked(row: Any) -> SafeString:
            found = wordings(row.pk, member, limit=1)
            self_words.extend(each.question_id for each in found.shown)
            words = found.texts[0] if found.texts else hidden_words()
            url = reverse("admin:gaps_knowledgegap_change", args=[row.pk])
            return format_html('<a class="cq-title" dir="auto" href="{}">{}</a>', url, words)

        return (asked, *self.list_display)

    @admin.display(description="How often", ordering="times")
    def how_often(self, row: Any) -> SafeString:
        said = []
        if row.unanswered:
            said.append(f"{row.unanswered} without an answer")
        if row.disliked:
            said.append(f"{row.disliked} rated badly")
        return format_html(
            '<div class="cq-cell">{}<span class="cq-sub">{}</span></div>', row.times, ", ".join(said)
        )

    @admin.display(description="People", ordering="people")
    def people(self, row: Any) -> int:
        return int(row.people)

    @admin.display(description="Last asked", ordering="last")
    def newest(self, row: Any) -> SafeString:
        return format_html(
            '<div class="cq-cell">{}<span class="cq-sub">since {}</span></div>',
            f"{row.last:%d %b %Y}",
            f"{row.since:%d %b %Y}",
        )

    @admin.display(description="Belongs to")
    def matter(self, row: Any) -> SafeString:
        names = ", ".join(tenders_of(row.collection))
        return format_html(
            '<div class="cq-cell">{}<span class="cq-sub">{}</span></div>', row.collection or "–", names
        )

    @admin.display(description="State", ordering="state")
    def state_html(self, row: Any) -> SafeString:
        look = {"open": "failed", "working": "processing", "solved": "ready"}.get(row.state, "")
        return format_html('<span class="cq-badge" data-state="{}">{}</span>', look, row.get_state_display())

    # --- Pages

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        member = self.acting(request)
        more = {
            "title": "Knowledge gaps",
            "rules": rules(),
            "ratings": ratings_summary() if member.tends_all else None,
        }
        response = super().changelist_view(request, {**(extra_context or {}), **more})
        if isinstance(response, TemplateResponse):
            response.add_post_render_callback(
                lambda _: tell_shown(member.user, None, getattr(request, "gap_words", []))
            )
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        gap = self.get_object(request, object_id)
        if gap is None or not self.has_change_permission(request, gap):
            return super().change_view(request, object_id, form_url, extra_context)
        member = self.acting(request)
        found = wordings(gap.pk, member)
        if request.method == "GET":
            tell_shown(member.user, gap.pk, [row.question_id for row in found.shown])
        more = {
            "title": found.texts[0] if found.texts else "Knowledge gap",
            "subtitle": None,
            "gap": gap,
            "wordings": found,
            "hidden_words": hidden_words(),
            "comments": comments(gap.pk, member),
            "tenders": tenders_of(gap.collection),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    # --- What can be done at once

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(f"<uuid:gap>/{verb}/", self.admin_site.admin_view(view), name=f"gaps_knowledgegap_{verb}")
            for verb, view in (("upload", self.upload), ("try", self.try_again), ("solve", self.solve))
        ]
        return [*own, *super().get_urls()]

    def _posted(self, request: HttpRequest, gap: UUID) -> Any:
        row = self.get_object(request, str(gap))
        if request.method != "POST" or row is None or not self.has_change_permission(request, row):
            return None
        return row

    def upload(self, request: HttpRequest, gap: UUID) -> HttpResponse:
        """On to the upload, with the collection chosen; the questions are tried again when a document is ready."""
        row = self._posted(request, gap)
        if row is None:
            return redirect("admin:gaps_knowledgegap_changelist")
        if row.collection is None:
            messages.error(request, "Say first which collection the matter belongs to.")
            return redirect("admin:gaps_knowledgegap_change", gap)
        self._set(request, row, GapState.WORKING, tried_at=None)
        upload = reverse("admin:ingestion_document_upload")
        return redirect(f"{upload}?collection={row.collection_id}")

    def try_again(self, request: HttpRequest, gap: UUID) -> HttpResponse:
        row = self._posted(request, gap)
        if row is None:
            return redirect("admin:gaps_knowledgegap_changelist")
        try_again.delay(str(row.tenant_id), str(row.pk))
        messages.info(request, "The questions are being tried again. Load this page anew in a moment.")
        return redirect("admin:gaps_knowledgegap_change", gap)

    def solve(self, request: HttpRequest, gap: UUID) -> HttpResponse:
        row = self._posted(request, gap)
        if row is None:
            return redirect("admin:gaps_knowledgegap_changelist")
        self._set(request, row, GapState.SOLVED)
        messages.success(request, "The gap is solved. If it is asked in vain again, it is open again.")
        return redirect("admin:gaps_knowledgegap_changelist")

    def _set(self, request: HttpRequest, row: Any, state: str, **more: Any) -> None:
        member = self.acting(request)
        rows = KnowledgeGap.objects.filter(pk=row.pk)
        rows.update(state=state, assignee_id=row.assignee_id or member.user, **more)
        record("gap.state_changed", actor=member.user, subject=row.pk, before=row.state, after=state)


def hidden_words() -> str:
    return f"Shown from {rules().people} people on, or when it is sent"


def tell_shown(actor: UUID, gap: UUID | None, questions: list[UUID]) -> None:
    """Whose words were read by whom: the questions' ids, and none of their words."""
    if questions:
        record("gap.shown", actor=actor, subject=gap, questions=questions)


@admin.register(AnswerRules)
class AnswerRulesAdmin(AdministeredModelAdmin):
    """One page, no list."""

    audit_name = "answer_rules"
    fields = ("counting", "people", "follow_ups")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        row, _ = AnswerRules.objects.get_or_create()
        return redirect("admin:gaps_answerrules_change", row.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
