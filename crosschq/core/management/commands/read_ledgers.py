"""Read the ledgers of this machine, or of one that is gone, for the current restore."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crosschq.core.restore import ledgers, mode, stamp


class Command(BaseCommand):
    help = (
        "Read the ledgers that ERASURE_LEDGER and SENT_LEDGER name: repeat the erasures, and note what went out. For a "
        "machine without running workers, use its files or copies of them. See manage.py restore_status."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lost", metavar="NAME", help="go on without this ledger of erasures, which is gone")

    def handle(self, *args: Any, **options: Any) -> None:
        row = stamp.installation()
        if row.restored_at is None:
            raise CommandError("The database isn't in restore mode. See manage.py restore_status.")
        if options["lost"] and not ledgers.give_up(options["lost"], row):
            raise CommandError(f"{options['lost']} isn't a missing ledger of erasures. See manage.py restore_status.")
        if not options["lost"]:
            mode.catch_up()
        for sentence in ledgers.unread(row) or ["Every ledger has been read."]:
            self.stdout.write(sentence)
