from django.urls import path

from tenants.entrance import views

urlpatterns = [
    path("sessions/", views.sessions, name="account_sessions"),
    path("invitation/<str:token>/", views.accept_invitation, name="accept_invitation"),
]
