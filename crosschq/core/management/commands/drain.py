"""Perform pending work without Celery."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crosschq.core.outbox import work_item
from crosschq.core.restore import mode

# How many rows of one kind to perform before moving on to the next kind.
TURN_ITEMS = 20


class Command(BaseCommand):
    help = "Perform all pending work once, or --forever. Example: manage.py drain messaging.Message --forever"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("labels", nargs="*", help="kinds of work; all if none is named")
        parser.add_argument("--forever", action="store_true", help="check again every second until stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            models = [work_item.kind(label) for label in options["labels"]] or work_item.kinds()
        except LookupError as error:
            raise CommandError(str(error)) from error
        mode.watch()
        while True:
            count = sum(work_item.drain(model, most=TURN_ITEMS) for model in models)
            if not options["forever"]:
                # One item may create another: a decided event queues an email.
                self.stdout.write(f"{count} done")
                if not count:
                    return
            elif not count:
                time.sleep(1)
