from django.urls import path

from tenants.sso.views import callback, sign_in

urlpatterns = [
    path("login/", sign_in, name="account_login"),
    path("oidc/<str:provider_id>/login/callback/", callback, name="openid_connect_callback"),
]
