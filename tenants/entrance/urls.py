from django.urls import path

from tenants.entrance import views

urlpatterns = [
    path("sessions/", views.sessions, name="account_sessions"),
]
