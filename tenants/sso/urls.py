from django.urls import path

from tenants.sso.backchannel import backchannel
from tenants.sso.leaving import sign_out
from tenants.sso.saml import views as saml
from tenants.sso.views import callback, sign_in

urlpatterns = [
    path("login/", sign_in, name="account_login"),
    path("logout/", sign_out, name="account_logout"),
    path("oidc/<str:provider_id>/backchannel-logout/", backchannel, name="openid_connect_backchannel"),
    path("oidc/<str:provider_id>/login/callback/", callback, name="openid_connect_callback"),
    path("saml/<uuid:provider_id>/metadata/", saml.metadata, name="saml_metadata"),
    path("saml/<uuid:provider_id>/acs/", saml.acs, name="saml_acs"),
    path("saml/<uuid:provider_id>/finish/", saml.finish, name="saml_finish"),
    path("saml/<uuid:provider_id>/sls/", saml.sls, name="saml_sls"),
]
