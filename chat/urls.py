from django.urls import path

from chat import views

_API = "api/conversations/"

urlpatterns = [
    path("chat/", views.chat, name="chat"),
    path("chat/<uuid:conversation>/", views.chat, name="conversation"),
    path(_API, views.list_conversations, name="conversation-list"),
    path(f"{_API}<uuid:conversation>/", views.show_conversation, name="conversation-show"),
    path(f"{_API}<uuid:conversation>/rename", views.rename_conversation, name="conversation-rename"),
    path(f"{_API}<uuid:conversation>/delete", views.delete_conversation, name="conversation-delete"),
    path(f"{_API}<uuid:conversation>/restore", views.restore_conversation, name="conversation-restore"),
    path("api/messages/<uuid:message>/sources/<int:number>/", views.show_source, name="source"),
]
