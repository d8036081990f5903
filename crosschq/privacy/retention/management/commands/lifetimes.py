"""Print docs/retention.md."""

from typing import Any

from django.core.management.base import BaseCommand

from crosschq.privacy.retention.document import document


class Command(BaseCommand):
    help = "Print how long the rows of each table live: manage.py lifetimes > docs/retention.md"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(document(), ending="")
