"""Where a person is signed in, and the end of it.

allauth keeps a row beside each session: who, from where, since when. The row goes together with its session.
"""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from uuid import UUID

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.internal.httpkit import get_client_ip
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ua_parser import parse

from tenants.models import User

# Sent after commit with `keys`: these sessions are over, and whatever is still open under them must close.
sessions_ended = Signal()

NOTED_EVERY = timedelta(minutes=2)  # in between, use writes nothing
BY_PROVIDER = "socialaccount"
AT_PROVIDER = "at_provider"  # in a session: what the identity provider calls it


def row_of(key: str | None) -> UserSession | None:
    return UserSession.objects.filter(session_key=key).first() if key else None


def row_of_request(request: HttpRequest) -> UserSession:
    """The row of the request's session, made now if there is none: sessions may be older than this list."""
    row = row_of(request.session.session_key)
    if row is None or row.user_id != request.user.pk:
        row = start_row(request)
    return row


def start_row(request: HttpRequest) -> UserSession:
    now = timezone.now()
    methods = {record.get("method") for record in get_authentication_records(request, request.user)}
    fields = {
        "user_id": request.user.pk,
        "ip": get_client_ip(request) or "0.0.0.0",  # noqa: S104  an address to show, of a caller without one
        "user_agent": request.headers.get("User-Agent", "")[:200],
        "created_at": now,
        "last_seen_at": now,
        "data": {"provider": BY_PROVIDER in methods, AT_PROVIDER: named_at_provider(request)},
    }
    try:
        with transaction.atomic():
            row, _ = UserSession.objects.update_or_create(
                session_key=request.session.session_key, defaults=fields
            )
    except IntegrityError:  # another request of the same browser has just made it
        row = UserSession.objects.get(session_key=request.session.session_key)
    return row


def named_at_provider(request: HttpRequest) -> dict[str, str]:
    """As much of it as a session is found by."""
    known = request.session.get(AT_PROVIDER) or {}
    return {name: known[name] for name in ("provider", "sub", "sid") if known.get(name)}


def note_use(row: UserSession, *, ip: str | None = None) -> None:
    """Write that the session is in use, at most every few minutes. Never moves backwards."""
    now = timezone.now()
    if now - row.last_seen_at < NOTED_EVERY and ip in (None, row.ip):
        return
    fields = {"last_seen_at": now} | ({"ip": ip} if ip else {})
    UserSession.objects.filter(Q(last_seen_at__lt=now), pk=row.pk).update(**fields)


def sessions_of(user: UUID) -> list[UserSession]:
    """The person's living sessions, the one used last first."""
    UserSession.objects.filter(user=user).exclude(
        session_key__in=Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    ).delete()
    return list(UserSession.objects.filter(user=user).order_by(F("last_seen_at").desc()))


def end_sessions(rows: Iterable[UserSession]) -> int:
    """End these sessions, with every socket that is open under them. Returns how many there were."""
    keys = [row.session_key for row in rows]
    with transaction.atomic():
        Session.objects.filter(pk__in=keys).delete()
        UserSession.objects.filter(session_key__in=keys).delete()
        transaction.on_commit(partial(sessions_ended.send, sender=UserSession, keys=keys))
    return len(keys)


def end_all_sessions(user: UUID, *, keep: str | None = None) -> int:
    """All of the person's sessions, except the one with the key `keep`. The only place where an account's sessions end.

    The number is part of what Django checks at each request, so that without `keep` those end too which are in no list,
    and none comes back with an account that is opened again. Who signs the person in next must read it anew.
    """
    if keep is None:
        User.objects.filter(pk=user).update(session_epoch=F("session_epoch") + 1)
    return end_sessions(UserSession.objects.filter(user=user).exclude(session_key=keep or ""))


def device_words(user_agent: str) -> str:
    """The browser and the system: "Firefox on Windows"."""
    told = parse(user_agent)
    browser = told.user_agent.family if told.user_agent else ""
    system = told.os.family if told.os else ""
    names = {"Mac OS X": "macOS", "Ubuntu": "Linux"}
    browser = browser.removesuffix(" Mobile").removeprefix("Mobile ") if browser != "Other" else ""
    system = names.get(system, system) if system != "Other" else ""
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or _("An unknown device")
