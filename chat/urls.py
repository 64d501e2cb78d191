from django.urls import path

from chat import export_views, views

_API = "api/conversations/"

urlpatterns = [
    path("chat/", views.chat, name="chat"),
    path("chat/<uuid:conversation>/", views.chat, name="conversation"),
    path("chat/<uuid:conversation>/print/", export_views.as_print, name="conversation-print"),
    path("chat/<uuid:conversation>/export.md", export_views.as_markdown, name="conversation-markdown"),
    path("chat/<uuid:conversation>/export.json", export_views.as_json, name="conversation-json"),
    path(_API, views.list_conversations, name="conversation-list"),
    path(f"{_API}<uuid:conversation>/", views.show_conversation, name="conversation-show"),
    path(f"{_API}<uuid:conversation>/changes", views.show_changes, name="conversation-changes"),
    path(f"{_API}<uuid:conversation>/rename", views.rename_conversation, name="conversation-rename"),
    path(f"{_API}<uuid:conversation>/delete", views.delete_conversation, name="conversation-delete"),
    path(f"{_API}<uuid:conversation>/restore", views.restore_conversation, name="conversation-restore"),
    path("api/messages/<uuid:message>/choose", views.choose_branch, name="branch-choose"),
    path("api/messages/<uuid:message>/answers", views.show_answers, name="answers-beside"),
    path("api/messages/<uuid:message>/pictures/", views.show_pictures, name="answer-pictures"),
    path("api/messages/<uuid:message>/sources/<int:number>/", views.show_source, name="source"),
]
