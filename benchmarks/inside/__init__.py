"""What must run inside the application: `python -m benchmarks.inside.NAME` with its environment set.

Each module prints one line of JSON last; `processes.inside` reads it.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.config.settings")
django.setup()
