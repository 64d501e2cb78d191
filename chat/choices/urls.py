from django.urls import path

from chat.choices import views

urlpatterns = [path("api/choices/", views.choices, name="choices")]
