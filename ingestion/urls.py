from django.urls import path

from ingestion import documents_api, views

_API = "documents/api/"

urlpatterns = [
    path("documents/", views.documents_page, name="documents"),
    path("documents/<uuid:version>/file/", views.document_file, name="document-file"),
    path("documents/<uuid:version>/view/", views.document_view, name="document-view"),
    path("documents/<uuid:version>/pictures/<int:number>/", views.document_picture, name="document-picture"),
    path(_API, documents_api.list_documents, name="documents-list"),
    path(f"{_API}progress", documents_api.progress, name="documents-progress"),
    path(f"{_API}summary", documents_api.summary, name="documents-summary"),
    path(f"{_API}choices", documents_api.list_choices, name="documents-choices"),
    path(f"{_API}upload", documents_api.upload, name="documents-upload"),
    path(f"{_API}act", documents_api.act, name="documents-act"),
    path(f"{_API}<uuid:document>/", documents_api.show, name="documents-show"),
    path(f"{_API}<uuid:document>/text", documents_api.show_text, name="documents-text"),
    path(f"{_API}<uuid:document>/passages", documents_api.show_passages, name="documents-passages"),
    path(f"{_API}<uuid:document>/title", documents_api.rename, name="documents-rename"),
    path(f"{_API}<uuid:document>/password", documents_api.give_password, name="documents-password"),
]
