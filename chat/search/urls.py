from django.urls import path

from chat.search import views

urlpatterns = [path("api/conversations/search", views.search_conversations, name="conversation-search")]
