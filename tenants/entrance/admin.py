"""Registers the admin pages, and takes out those that allauth brings: accounts are tended through memberships."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin

from tenants.entrance import admin_invitation, admin_policy  # noqa: F401  they register themselves

for unused in (Authenticator, UserSession):
    if admin.site.is_registered(unused):
        admin.site.unregister(unused)
