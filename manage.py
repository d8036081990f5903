#!/usr/bin/env python
"""Django's command line. Without settings or without Django it says what to run instead."""

import os
import sys

try:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
except ImportError:
    sys.exit(
        f"""Django isn't installed for this Python.
  make demo    installs everything into .venv, and starts the product
  make test    installs everything into .venv, and runs the tests
Then use .venv/bin/python instead of {sys.executable}."""
    )

NO_SETTINGS = """The settings aren't complete: {problem}.
Run the command against the demo's servers, which have their own settings:
  {python} -m scripts.stack.shell {python} {command}
Or use your own: copy .env.example to .env and fill in every empty setting."""


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crosschq.settings")
    try:
        execute_from_command_line(arguments)
    except ImproperlyConfigured as problem:
        words = {"problem": str(problem).rstrip("."), "python": sys.executable, "command": " ".join(arguments)}
        sys.exit(NO_SETTINGS.format(**words))


if __name__ == "__main__":
    main(sys.argv)
