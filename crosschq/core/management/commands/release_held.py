"""End restore mode."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crosschq.core.restore import mode, stamp


class Command(BaseCommand):
    help = "End restore mode: send what is held, or --drop it because it went out before."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--drop", action="store_true", help="cancel what is held instead of sending it")

    def handle(self, *args: Any, **options: Any) -> None:
        if stamp.installation().restored_at is None:
            raise CommandError("The database isn't in restore mode. See manage.py restore_status.")
        mode.repeat_erasures()
        released = mode.release(drop=options["drop"])
        for label, number in sorted(released.items()):
            self.stdout.write(f"{number:6} of {label} {'dropped' if options['drop'] else 'released'}")
        self.stdout.write("Restore mode has ended.")
