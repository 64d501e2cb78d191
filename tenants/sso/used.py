"""What a provider has signed for one use is used once, in every process and after a restart."""

from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.utils import timezone

from tenants.scoping import tenant_scope
from tenants.sso.models import IdentityProvider, UsedMessage

CLOCKS_DIFFER = timedelta(minutes=10)


def use_once(provider: IdentityProvider, name: str, *, until: datetime) -> bool:
    """Whether the message of that name is used for the first time. It is remembered for as long as it could be used."""
    now = timezone.now()
    digest = sha256(name.encode()).hexdigest()
    with tenant_scope(provider.tenant_id):
        UsedMessage.objects.filter(provider=provider, expires__lt=now).delete()
        try:
            with transaction.atomic():
                UsedMessage.objects.create(provider=provider, digest=digest, expires=until + CLOCKS_DIFFER)
        except IntegrityError:
            return False
    return True
