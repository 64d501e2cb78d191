from django.urls import path

from tenants.branding import views

urlpatterns = [
    path("brand/<uuid:tenant>/<str:digest>.png", views.logo, name="brand-logo"),
    path("brand/<uuid:tenant>/<str:digest>.css", views.accent, name="brand-styles"),
]
