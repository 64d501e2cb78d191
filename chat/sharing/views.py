"""The reader's page, and what the owner does about a link."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat.errors import ChatError, NotFound
from chat.presentation import owned_conversation
from chat.sharing import actions
from chat.sharing.access import groups_of, opened_share, own_shares, sharing_allowed
from chat.sharing.models import Share
from chat.sharing.shown import shared_messages, shared_source
from chat.tree import tree_of
from chat.views import around_of, json_body, json_view
from tenants.access import Member
from tenants.middleware import TenantRequest


@require_GET
@login_required
def show(request: TenantRequest, key: str) -> HttpResponse:
    """The conversation as this reader may see it, without a socket: it does not change under them."""
    member = request.member
    try:
        share = opened_share(key, member) if member else None
    except NotFound:
        share = None
    if member is None or share is None:
        return render(request, "sharing/closed.html", status=HTTPStatus.NOT_FOUND)
    items = shared_messages(share, member)
    shown = [item["id"] for item in items if item["role"] == "answer" and not item.get("withheld")]
    actions.note_opened(share, member, answers=shown)
    data = {
        "messages": items,
        "key": share.key,
        "user": {"email": member.email},
        "urls": {"chat": reverse("chat"), "login": reverse("account_login")},
    }
    context = {
        "share": share,
        "owner": share.conversation.user.get_full_name(),
        "mine": share.conversation.user_id == member.user,
        "withheld": sum(1 for item in items if item.get("withheld")),
        "can_continue": bool(shown),
        "member": member,
        "shared_data": data,
    }
    return render(request, "sharing/shared.html", context)


@require_POST
@login_required
def continue_as_own(request: TenantRequest, key: str) -> HttpResponse:
    if request.member is None:
        return render(request, "sharing/closed.html", status=HTTPStatus.NOT_FOUND)
    try:
        conversation = actions.continue_share(opened_share(key, request.member), request.member)
    except NotFound:
        return render(request, "sharing/closed.html", status=HTTPStatus.NOT_FOUND)
    except ChatError:
        return redirect("share", key)
    return redirect("conversation", conversation.pk)


@require_GET
@json_view
def show_source(request: HttpRequest, member: Member, key: str, message: UUID, number: int) -> HttpResponse:
    share = opened_share(key, member)
    return JsonResponse(shared_source(share, message, number, member, around=around_of(request)))


@require_http_methods(["GET", "POST"])
@login_required
def own_links(request: TenantRequest) -> HttpResponse:
    """The list of one's links. Withdrawing one here needs no script."""
    member = request.member
    if member is None:
        return render(request, "chat/no_tenant.html", status=HTTPStatus.FORBIDDEN)
    if request.method == "POST":
        share = own_shares(member).filter(key=request.POST.get("withdraw", "")).first()
        if share:
            actions.withdraw_share(share, member)
            messages.success(request, "The link has been withdrawn.")
        return redirect("own-links")
    shares = own_shares(member).order_by("-created").prefetch_related("people", "groups")
    items = [{"share": share, "audience": in_words(share)} for share in shares]
    return render(request, "sharing/own_links.html", {"items": items, "allowed": sharing_allowed(member)})


def in_words(share: Share) -> str:
    if share.everyone:
        return _("Everyone in your organisation")
    names = [str(person) for person in share.people.all()] + [group.name for group in share.groups.all()]
    return ", ".join(names) or _("Nobody any more")


def share_item(request: HttpRequest, share: Share) -> dict[str, Any]:
    path = tree_of(share.conversation_id).path()
    later = share.conversation.messages.filter(pk__in=path, finished_at__gt=share.shown_until)
    return {
        "url": request.build_absolute_uri(reverse("share", args=[share.key])),
        "everyone": share.everyone,
        "people": sorted(person.email for person in share.people.all()),
        "groups": [str(group.pk) for group in share.groups.all()],
        "shown_until": share.shown_until.isoformat(),
        "newer": (share.leaf is not None and share.leaf not in path[-1:]) or later.exists(),
    }


@require_GET
@json_view
def about(request: HttpRequest, member: Member, conversation: UUID) -> HttpResponse:
    """What the dialog shows."""
    row = owned_conversation(conversation, member)
    return JsonResponse(_about(request, own_shares(member).filter(conversation=row).first(), member))


def _about(request: HttpRequest, share: Share | None, member: Member) -> dict[str, Any]:
    return {
        "allowed": sharing_allowed(member),
        "groups": [{"id": str(group.pk), "name": group.name} for group in groups_of(member)],
        "share": share_item(request, share) if share else None,
    }


@require_POST
@json_view
def save(request: HttpRequest, member: Member, conversation: UUID) -> HttpResponse:
    row = owned_conversation(conversation, member)
    share = actions.share_conversation(row, _audience(json_body(request)), member)
    return JsonResponse(_about(request, share, member))


def _audience(body: dict[str, Any]) -> actions.Audience:
    everyone, people, groups = body.get("everyone", True), body.get("people", []), body.get("groups", [])
    if not isinstance(everyone, bool) or not _are_texts(people) or not _are_texts(groups):
        raise ChatError(_("The request could not be read."), code="malformed")
    try:
        return actions.Audience(everyone, people, [UUID(group) for group in groups])
    except ValueError as malformed:
        raise ChatError(_("The request could not be read."), code="malformed") from malformed


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


@require_POST
@json_view
def update(request: HttpRequest, member: Member, conversation: UUID) -> HttpResponse:
    share = _own_share(conversation, member)
    actions.update_share(share, member)
    return JsonResponse(_about(request, share, member))


@require_POST
@json_view
def withdraw(request: HttpRequest, member: Member, conversation: UUID) -> HttpResponse:
    actions.withdraw_share(_own_share(conversation, member), member)
    return JsonResponse(_about(request, None, member))


def _own_share(conversation: UUID, member: Member) -> Share:
    share = own_shares(member).filter(conversation=conversation).first()
    if share is None:
        raise NotFound(_("This conversation is not shared."))
    return share
