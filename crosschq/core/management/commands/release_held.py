"""End restore mode."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crosschq.core.restore import held, ledgers, mode, stamp


class Command(BaseCommand):
    help = "End restore mode: send what is held, --drop it because it went out before, or decide --by-evidence."

    def add_arguments(self, parser: CommandParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--drop", action="store_true", help="cancel what is held instead of sending it")
        how.add_argument(
            "--by-evidence",
            action="store_true",
            help="drop what went out before, send what wasn't sent, and keep the rest on hold",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if stamp.installation().restored_at is None:
            raise CommandError("The database isn't in restore mode. See manage.py restore_status.")
        mode.catch_up()
        if ledgers.missing(ledgers.ERASURES, stamp.installation()):
            raise CommandError(" ".join(ledgers.unread(stamp.installation())))
        if options["by_evidence"]:
            self._by_evidence()
            return
        released = mode.release(drop=options["drop"])
        for label, number in sorted(released.items()):
            self.stdout.write(f"{number:6} of {label} {'dropped' if options['drop'] else 'released'}")
        self.stdout.write("Restore mode has ended.")

    def _by_evidence(self) -> None:
        dropped, sent = held.decide_by_evidence()
        self.stdout.write(f"{dropped:6} dropped, because they went out before")
        self.stdout.write(f"{sent:6} released, because they weren't sent")
        if mode.end_if_decided():
            self.stdout.write("Nothing is held anymore. Restore mode has ended.")
        else:
            self.stdout.write(f"{sum(held.count().values()):6} are still held, because nothing is known about them.")
