from django.urls import path

from ingestion import views

urlpatterns = [
    path("documents/<uuid:version>/file/", views.document_file, name="document-file"),
]
