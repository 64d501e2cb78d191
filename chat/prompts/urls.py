from django.urls import path

from chat.prompts import views

urlpatterns = [
    path("api/prompts/", views.show_all, name="prompt-list"),
    path("api/prompts/save", views.save, name="prompt-save"),
    path("api/prompts/<uuid:prompt>/delete", views.delete, name="prompt-delete"),
    path("api/prompts/<uuid:prompt>/restore", views.restore, name="prompt-restore"),
]
