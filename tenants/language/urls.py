from django.urls import path

from tenants.language import views

urlpatterns = [
    path("language/", views.choose_language, name="language"),
    path("words/<str:language>.<str:digest>.js", views.words, name="words"),
]
