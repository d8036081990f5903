"""After a restore, compare the messages that are on hold with the log of an email server or provider."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crosschq.core.restore import stamp
from crosschq.messaging.restored import compare_with_log


class Command(BaseCommand):
    help = "Mark held messages that the log of the email server has, by Message-ID. Then see manage.py restore_status."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("log", help="a log or export with the Message-IDs of what went out; - reads the input")

    def handle(self, *args: Any, **options: Any) -> None:
        if stamp.installation().restored_at is None:
            raise CommandError("The database isn't in restore mode. See manage.py restore_status.")
        if options["log"] == "-":
            found, waiting = compare_with_log(sys.stdin)
        else:
            try:
                with Path(options["log"]).open(encoding="utf-8", errors="replace") as lines:
                    found, waiting = compare_with_log(lines)
            except OSError as error:
                raise CommandError(f"{options['log']} can't be read: {error.strerror}") from error
        self.stdout.write(f"The log has {found} of {waiting} held messages. Nothing was sent or dropped.")
