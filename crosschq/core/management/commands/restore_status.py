"""Report whether the database was restored, what is on hold because of it, and what to do."""

from typing import Any

from django.core.management.base import BaseCommand

from crosschq.core.restore import held, ledgers, mode, stamp


class Command(BaseCommand):
    help = "Say whether the database was restored from a backup, and what is held because of it."

    def handle(self, *args: Any, **options: Any) -> None:
        mode.check()
        row = stamp.installation()
        if row.restored_at is None:
            self.stdout.write("The database wasn't restored. Nothing is held.")
            return
        self.stdout.write(f"Restore mode since {row.restored_at:%Y-%m-%d %H:%M:%S} UTC: {row.restored_why}.")
        self.stdout.write(f"What happened after {row.lost_since:%Y-%m-%d %H:%M:%S} UTC may be missing.")
        repeated = (
            f"{row.erasures} erasures were repeated"
            if row.erasures_repeated_at
            else "No erasures have been repeated yet"
        )
        self.stdout.write(f"{repeated}.")
        for sentence in ledgers.unread(row):
            self.stdout.write(sentence)
        for label, number in sorted(held.count().items()):
            self.stdout.write(f"{number:6} of {label} are held")
        known = held.count_known()
        for each in held.Known:
            self.stdout.write(f"{known[each]:6} {each.label.lower()}")
        self.stdout.write(
            "Members of each organization see what is held on the page “After a restore” and decide about it there.\n"
            "To decide for all of them, compare with the email provider's log first, then run one of:\n"
            "  manage.py compare_held LOG            to mark what that log has\n"
            "  manage.py release_held --by-evidence  to drop what went out, send what wasn't, and keep the rest\n"
            "  manage.py release_held                to send everything that is held\n"
            "  manage.py release_held --drop         to drop everything, if it went out before."
        )
