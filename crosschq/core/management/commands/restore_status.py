"""Report whether the database was restored, what is on hold because of it, and what to do."""

from typing import Any

from django.core.management.base import BaseCommand

from crosschq.core.restore import mode, stamp


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
        for label, number in sorted(mode.held().items()):
            self.stdout.write(f"{number:6} of {label} are held")
        self.stdout.write(
            "Compare them with what the email provider and the ATS have. Then run\n"
            "  manage.py release_held          to send what is held, or\n"
            "  manage.py release_held --drop   if it went out before."
        )
