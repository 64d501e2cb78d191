"""How long a person may stay signed in, and whether a password is enough. Of two organisations the stricter counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from tenants.entrance.models import SignInPolicy
from tenants.models import Membership
from tenants.scoping import every_tenant

IDLE = "You were signed out because you had not used Colloquy for {time}. Sign in to go on where you were."
TOO_LONG = "You were signed out because you had been signed in for {time}. Sign in to go on where you were."
FACTOR_FIRST = (
    "Your organisation requires a second factor when you sign in. Set one up to go on: a passkey or an app."
)
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True)
class Rules:
    idle: timedelta | None = None
    absolute: timedelta | None = None
    second_factor: bool = False


def rules_for(user: UUID) -> Rules:
    """The strictest of every organisation that the person belongs to."""
    with every_tenant():
        tenants = Membership.objects.filter(user=user).values("tenant")
        rows = list(SignInPolicy.objects.filter(tenant__in=tenants))
    idle = [row.idle_minutes for row in rows if row.idle_minutes]
    absolute = [row.absolute_hours for row in rows if row.absolute_hours]
    return Rules(
        idle=timedelta(minutes=min(idle)) if idle else None,
        absolute=timedelta(hours=min(absolute)) if absolute else None,
        second_factor=any(row.second_factor for row in rows),
    )


def why_over(row: UserSession, rules: Rules, now: datetime) -> str | None:
    """A sentence when the session has outlived the rules."""
    if rules.absolute and now - row.created_at >= rules.absolute:
        return TOO_LONG.format(time=in_words(rules.absolute))
    if rules.idle and now - row.last_seen_at >= rules.idle:
        return IDLE.format(time=in_words(rules.idle))
    return None


def lacks_factor(row: UserSession | None, user: UUID, rules: Rules) -> bool:
    """Whether the person must set up a second factor before anything else."""
    if not rules.second_factor or (row is not None and row.data.get("provider")):
        return False
    return not Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def in_words(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    for size, unit in ((60 * 24, "day"), (60, "hour")):
        if minutes >= size and minutes % size == 0:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
