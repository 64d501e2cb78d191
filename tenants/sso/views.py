"""The sign-in page, which asks for the address first, and the way back from a provider."""

from typing import Any

from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.account.views import LoginView
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from tenants.models import User
from tenants.sso.errors import SignInRefused
from tenants.sso.models import IdentityProvider
from tenants.sso.oidc import TenantOidcAdapter, TenantOidcProvider
from tenants.sso.providers import organisation_of, provider_by_id, provider_for
from tenants.sso.refusals import may_record, record_refusal, refused_page
from tenants.sso.saml.provider import TenantSamlProvider


class SignInView(LoginView):  # type: ignore[misc]
    """Address -> the organisation's provider, or the password. Both at once sign in at once.

    Where an address leads depends on its domain alone, so nothing shows whether an account exists.
    """

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        form.fields["login"].widget.attrs["autocomplete"] = "username"
        return form

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        step = request.POST.get("step", "")
        if step == "password" or (request.POST.get("password") and step != "provider"):
            response: HttpResponse = super().post(request, *args, **kwargs)
            return response
        email = User.objects.normalise(request.POST.get("login", ""))
        try:
            validate_email(email)
        except ValidationError:
            return self.ask(problem=_("Enter the e-mail address that you sign in with."))
        provider = provider_for(email)
        return self.hand_over(provider, email) if provider else self.ask(email=email, step="password")

    def hand_over(self, provider: IdentityProvider, email: str) -> HttpResponse:
        """By a page, not a redirect: a form of ours may lead to no other site (`form-action`)."""
        try:
            known: TenantOidcProvider | TenantSamlProvider = get_adapter(self.request).get_provider(
                self.request, str(provider.pk)
            )
            response = known.go(self.request, next_url=get_next_redirect_url(self.request), login_hint=email)
        except SignInRefused as error:
            if may_record(self.request, provider):
                record_refusal(provider, error.reason, email=email)
            return self.ask(
                email=email,
                step="password",
                problem=f"{provider.name} cannot be reached just now. Try again in a moment, or ask an admin.",
            )
        url = response.headers["Location"]
        context = {"url": url, "provider": provider.name, "brand_tenant": provider.tenant_id}
        return render(self.request, "account/sso_continue.html", context)

    def ask(self, *, email: str = "", step: str = "address", problem: str = "") -> HttpResponse:
        form = self.get_form_class()(initial={"login": email}, request=self.request)
        form.fields["login"].widget.attrs["autocomplete"] = "username"
        context = self.get_context_data(form=form, step=step, problem=problem)
        context["brand_tenant"] = organisation_of(email)
        response: HttpResponse = self.render_to_response(context)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        form = context["form"]
        by_password = form.is_bound or "password" in self.request.GET
        step = context.setdefault("step", "password" if by_password else "address")
        email = (form.data.get("login") if form.is_bound else form.initial.get("login")) or ""
        form.fields["password" if step == "password" and email else "login"].widget.attrs["autofocus"] = True
        password_url = passthrough_next_redirect_url(
            self.request, f"{reverse('account_login')}?password=1", self.redirect_field_name
        )
        provider = provider_for(email) if step == "password" else None
        return context | {"provider": provider, "password_url": password_url}


sign_in = SignInView.as_view()


@never_cache
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    provider = provider_by_id(provider_id)
    if provider is None or provider.by_saml:
        raise Http404
    try:
        response: HttpResponse = OAuth2CallbackView.adapter_view(TenantOidcAdapter(request, provider_id))(
            request
        )
    except SignInRefused as error:  # before allauth looks for errors itself
        return refused_page(request, provider, error)
    return response
