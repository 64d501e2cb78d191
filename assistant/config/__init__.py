"""The wiring: settings, URLs, ASGI and Celery. It knows every app; no app imports it."""

from assistant.config.celery import app as celery_app

__all__ = ["celery_app"]
