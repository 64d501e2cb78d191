"""Guessing passwords is slowed down per account and address, so that nobody can lock out others.

Three counts, of failed attempts:
    account at one address      whoever mistypes, or tries one account from one place
    address, over all accounts  one place that tries many accounts
    account, over all addresses many places that try one account
The last two leave out a browser in which that account has signed in before, known by a cookie: neither a colleague
behind the same address nor a stranger who knows the e-mail address can keep its owner out.
All counts go by what was typed, so an address without an account behaves the same.
"""

import logging
import math
import time
from hashlib import sha256

from allauth.core.internal.httpkit import get_client_ip
from allauth.core.internal.ratelimit import get_cache_key, get_rates
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import ngettext
from kombu.exceptions import OperationalError

from tenants.entrance.tasks import tell_of_lockout

log = logging.getLogger(__name__)

APP = "allauth.account"
FAILED = "login_failed"
BY_STRANGERS = "login_failed_by_strangers"
DEVICE = "known"
DEVICE_AGE = 365 * 24 * 3600


def key_of(request: HttpRequest, login: str) -> str:
    return f"{get_client_ip(request)}:{login}"


def is_known_device(request: HttpRequest, login: str) -> bool:
    return constant_time_compare(request.COOKIES.get(DEVICE, ""), _mark(login))


def remember_device(response: HttpResponse, login: str) -> None:
    response.set_cookie(
        DEVICE,
        _mark(login),
        max_age=DEVICE_AGE,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
        path="/accounts/",
    )


def _mark(login: str) -> str:
    return salted_hmac("tenants.entrance.device", login.lower(), algorithm="sha256").hexdigest()


def seconds_left(request: HttpRequest, action: str, key: str) -> float:
    """Until the next attempt counts, by the limits of `action` that are used up."""
    waits = [0.0]
    for rate in get_rates(app=APP, action=action):
        history = cache.get(get_cache_key(request, app=APP, action=action, rate=rate, key=key), [])
        if len(history) >= rate.amount:
            waits.append(history[-1] + rate.duration - time.time())
    return max(waits)


def refuse(request: HttpRequest, login: str, *, action: str, key: str) -> ValidationError:
    """The answer to an attempt too many. The owner of the account hears of it once a lock-out."""
    minutes = max(1, math.ceil(seconds_left(request, action, key) / 60))
    once = f"lockout:{sha256(f'{action}:{key}'.encode()).hexdigest()}"
    if cache.add(once, True, minutes * 60):
        try:
            # Sent for every address alike: whether it has an account is looked up in the worker.
            tell_of_lockout.delay(login, get_client_ip(request), minutes)
        except OperationalError:
            log.exception("a lock-out could not be told")
    sentence = ngettext(
        "Too many attempts. Wait a minute, then try again, or choose a new password by “Forgot your password?”.",
        "Too many attempts. Wait {count} minutes, then try again, or choose a new password by “Forgot your password?”.",
        minutes,
    ).format(count=minutes)
    return ValidationError(sentence, code="too_many_login_attempts")
