from django.urls import path

from tenants.datarights import views

urlpatterns = [
    path("", views.my_data, name="account_data"),
    path("exports/<uuid:export>/", views.download, name="data_export"),
]
