"""Rewrite encrypted values under the first key of FIELD_KEYS."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import models

from crosschq.core import crypto, walls


class Command(BaseCommand):
    help = "Re-encrypt what older keys wrote. Run after putting a new key first in FIELD_KEYS; then drop the old one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, *args: Any, **options: Any) -> None:
        for model in apps.get_models():
            for field in model._meta.local_fields:
                if isinstance(field, crypto.EncryptedTextField):
                    count = rotate(model, field.attname, dry_run=options["dry_run"])
                    self.stdout.write(f"{model._meta.label}.{field.attname}: {count} under an older key")


def rotate(model: type[models.Model], name: str, *, dry_run: bool) -> int:
    """Rewrite one column, a row a transaction, so that the service goes on meanwhile."""
    newest = crypto.primary_key_id() + "."
    # The column's ciphertext, not its text: the field's own lookups would encrypt what they compare.
    sealed = models.functions.Cast(name, models.TextField())
    with walls.opened(walls.EVERY):
        rows = model._base_manager.annotate(_sealed=sealed).exclude(_sealed="").exclude(_sealed__startswith=newest)
        old = list(rows.exclude(_sealed=None).values_list("pk", flat=True))
    if not dry_run:
        for pk in old:
            with walls.opened(walls.EVERY):
                row = model._base_manager.select_for_update().filter(pk=pk).first()
                if row is not None:
                    row.save(update_fields=[name])
    return len(old)
