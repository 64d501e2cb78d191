#!/usr/bin/env python
"""Colloquy's command line: `manage.py help` lists the commands."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "assistant.config.settings")
    if sys.argv[1:2] == [
        "extract"
    ]:  # needs the settings alone: loading every app would take longer than most files
        from ingestion.extract import main

        sys.exit(main(sys.argv[2:]))
    execute_from_command_line(sys.argv)
