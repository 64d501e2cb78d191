from django.urls import path

from chat.sharing import views

_OWN = "api/conversations/<uuid:conversation>/share"

urlpatterns = [
    path("shared/", views.own_links, name="own-links"),
    path("shared/<str:key>/", views.show, name="share"),
    path("shared/<str:key>/continue", views.continue_as_own, name="share-continue"),
    path("api/shared/<str:key>/<uuid:message>/sources/<int:number>/", views.show_source, name="share-source"),
    path(_OWN, views.about, name="share-about"),
    path(f"{_OWN}/save", views.save, name="share-save"),
    path(f"{_OWN}/update", views.update, name="share-update"),
    path(f"{_OWN}/withdraw", views.withdraw, name="share-withdraw"),
]
