from django.urls import path

from chat.attachments import views

_API = "api/attachments/"

urlpatterns = [
    path(_API, views.progress, name="attachment-progress"),
    path(f"{_API}add", views.attach, name="attachment-add"),
    path(f"{_API}<uuid:attachment>/retry", views.retry, name="attachment-retry"),
    path(f"{_API}<uuid:attachment>/remove", views.remove, name="attachment-remove"),
]
