from django.urls import path

from chat.rail import views

_OWN = "api/conversations/<uuid:conversation>"

urlpatterns = [
    path(f"{_OWN}/pin", views.pin, name="conversation-pin"),
    path(f"{_OWN}/archive", views.archive, name="conversation-archive"),
    path(f"{_OWN}/tags", views.set_tags, name="conversation-tags"),
    path("api/tags/save", views.save_tag, name="tag-save"),
    path("api/tags/<uuid:tag>/delete", views.delete_tag, name="tag-delete"),
    path("api/palette", views.palette, name="palette"),
]
