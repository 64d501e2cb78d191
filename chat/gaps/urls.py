from django.urls import path

from chat.gaps import views

_API = "api/messages/<uuid:message>/"

urlpatterns = [
    path(f"{_API}feedback", views.rate, name="feedback"),
    path(f"{_API}send-question", views.send_question, name="send-question"),
    path(f"{_API}follow-ups", views.follow_ups, name="follow-ups"),
]
