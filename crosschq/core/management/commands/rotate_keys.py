"""Rewrite encrypted values under the first key of FIELD_KEYS."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models

from crosschq.core import crypto, walls


class Command(BaseCommand):
    help = "Re-encrypt what older keys wrote. Run after putting a new key first in FIELD_KEYS; then drop the old one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, *args: Any, **options: Any) -> None:
        damaged: list[str] = []
        for model in apps.get_models():
            for field in model._meta.local_fields:
                if isinstance(field, crypto.EncryptedTextField):
                    name = f"{model._meta.label}.{field.attname}"
                    old = under_older_keys(model, field.attname)
                    self.stdout.write(f"{name}: {len(old)} under an older key")
                    if not options["dry_run"]:
                        damaged += [f"{name} of row {pk}" for pk in old if not rewrite(model, field.attname, pk)]
        if damaged:
            raise CommandError(f"No key of FIELD_KEYS opens {', '.join(damaged)}. Everything else is rewritten.")


def under_older_keys(model: type[models.Model], name: str) -> list[int]:
    newest = crypto.primary_key_id() + "."
    # The column's ciphertext, not its text: the field's own lookups would encrypt what they compare.
    sealed = models.functions.Cast(name, models.TextField())
    with walls.opened(walls.EVERY):
        rows = model._base_manager.annotate(_sealed=sealed).exclude(_sealed="").exclude(_sealed__startswith=newest)
        return list(rows.exclude(_sealed=None).order_by("pk").values_list("pk", flat=True))


def rewrite(model: type[models.Model], name: str, pk: int) -> bool:
    """One value in a transaction of its own, so that the service goes on meanwhile. False where no key opens it."""
    try:
        with walls.opened(walls.EVERY):
            row = model._base_manager.select_for_update().only(name).filter(pk=pk).first()
            if row is not None:
                row.save(update_fields=[name])
    except crypto.Undecipherable:
        return False
    return True
