"""What is told about accounts outside of requests."""

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from tenants.actions import record_for_person
from tenants.entrance.mail import post
from tenants.models import User

LETTER_EVERY = 3600  # seconds; more lock-outs of one account within them are only audited

LETTER = (
    "Somebody has typed a wrong password for your account too often, the last time at {moment} from the address {ip}. "
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
        moment = f"{timezone.localtime():%H:%M on %d.%m.%Y}"
        body = LETTER.format(moment=moment, ip=ip, minutes=minutes)
        post("Too many attempts to sign in to your account · Colloquy", body, user.email)
