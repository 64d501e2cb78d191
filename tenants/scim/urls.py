from django.urls import path

from tenants.scim import views

urlpatterns = [
    path("ServiceProviderConfig", views.config, name="scim-config"),
    path("ResourceTypes", views.resource_types, name="scim-resource-types"),
    path("ResourceTypes/<str:key>", views.resource_type, name="scim-resource-type"),
    path("Schemas", views.schemas, name="scim-schemas"),
    path("Schemas/<str:key>", views.schema, name="scim-schema"),
    path("Users", views.users, name="scim-users"),
    path("Users/.search", views.search_users, name="scim-users-search"),
    path("Users/<str:key>", views.user, name="scim-user"),
    path("Groups", views.group_list, name="scim-groups"),
    path("Groups/.search", views.search_groups, name="scim-groups-search"),
    path("Groups/<str:key>", views.one_group, name="scim-group"),
    path("<path:rest>", views.unknown, name="scim-unknown"),
]
