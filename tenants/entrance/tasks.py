"""What is told about accounts outside of requests."""

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from tenants.actions import record_for_person
from tenants.entrance.mail import post
from tenants.language.choice import speaking_to
from tenants.models import User

LETTER_EVERY = 3600  # seconds; more lock-outs of one account within them are only audited

LETTER = _(
    "Somebody has typed a wrong password for your account too often, the last time on {moment} from the address {ip}. "
    "Sign-in from there is held for {minutes} minutes. Your account is safe, and nothing of it has changed.\n\n"
    "If it was you, wait a little or choose a new password. If not, you need to do nothing; a second factor makes "
    "guessing useless.\n"
)


@shared_task
def tell_of_lockout(login: str, ip: str, minutes: int) -> None:
    """To the owner by e-mail, and to each of their organisations in the audit trail."""
    user = User.objects.filter(email=User.objects.normalise(login), is_active=True).first()
    if user is None:
        return
    record_for_person("account.locked_out", user, actor=None, address=ip, minutes=minutes)
    if cache.add(f"lockout-letter:{user.pk}", True, LETTER_EVERY):
        with speaking_to(user):
            moment = date_format(timezone.localtime(), "DATETIME_FORMAT")
            body = gettext(LETTER).format(moment=moment, ip=ip, minutes=minutes)
            post(gettext("Too many attempts to sign in to your account") + " · Colloquy", body, user.email)
