"""What follows from a sign-in, and from the end of a membership or a provider."""

from typing import Any

from allauth.account.signals import user_logged_in
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from tenants.actions import record
from tenants.entrance.sessions import AT_PROVIDER, start_row
from tenants.middleware import CHOSEN_TENANT
from tenants.models import Membership, User
from tenants.scoping import tenant_scope
from tenants.sso.leaving import end_sessions_by_password
from tenants.sso.models import IdentityProvider
from tenants.sso.providers import provider_by_id


@receiver(user_logged_in)
def land_in_the_providers_organisation(
    sender: Any, request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **kwargs: Any
) -> None:
    provider = provider_by_id(sociallogin.account.provider) if sociallogin else None
    if provider is None or sociallogin is None:
        return
    request.session[CHOSEN_TENANT] = str(provider.tenant_id)
    request.session[AT_PROVIDER] = sociallogin.state.get(AT_PROVIDER)
    start_row(request)
    with tenant_scope(provider.tenant_id):
        record("sign_in.by_provider", actor=user.pk, subject=user.pk, name=str(user), provider=provider.name)


@receiver(post_save, sender=IdentityProvider)
def end_other_ways_in(sender: Any, instance: IdentityProvider, **kwargs: Any) -> None:
    if instance.active and instance.sso_only:
        end_sessions_by_password(instance)


@receiver(post_delete, sender=Membership)
def forget_links_of_a_former_member(sender: Any, instance: Membership, **kwargs: Any) -> None:
    with tenant_scope(instance.tenant_id):
        providers = [str(pk) for pk in IdentityProvider.objects.values_list("pk", flat=True)]
    SocialAccount.objects.filter(user=instance.user_id, provider__in=providers).delete()


@receiver(post_delete, sender=IdentityProvider)
def forget_links_to_a_provider(sender: Any, instance: IdentityProvider, **kwargs: Any) -> None:
    SocialAccount.objects.filter(provider=str(instance.pk)).delete()
