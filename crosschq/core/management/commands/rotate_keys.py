"""Re-encrypt stored values with the first key in FIELD_KEYS."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models, transaction

from crosschq.core.database import rls
from crosschq.core.security import encryption, encryption_keys


class Command(BaseCommand):
    help = "Re-encrypt values of older keys, once every process has the new key first. See the README."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["dry_run"]:
            refuse_too_early()
        damaged: list[str] = []
        for secrets in encryption.JSON_SECRETS:
            damaged += self.inside_json(secrets, dry_run=options["dry_run"])
        for model in apps.get_models():
            for field in model._meta.local_fields:
                if isinstance(field, encryption.EncryptedTextField):
                    name = f"{model._meta.label}.{field.attname}"
                    old = under_older_keys(model, field.attname)
                    self.stdout.write(f"{name}: {len(old)} under an older key")
                    if not options["dry_run"]:
                        damaged += [f"{name} of row {pk}" for pk in old if not rewrite(model, field.attname, pk)]
        if damaged:
            raise CommandError(f"No key in FIELD_KEYS decrypts {', '.join(damaged)}. Everything else was re-encrypted.")

    def inside_json(self, secrets: encryption.JsonSecrets, *, dry_run: bool) -> list[str]:
        """Re-encrypt the strings in a library's column. Returns those that no key can decrypt."""
        rows, name = apps.get_model(secrets.label)._base_manager.order_by("pk"), f"{secrets.label}.{secrets.column}"
        old = [row.pk for row in rows if secrets.owner(row) is not None and _is_old(getattr(row, secrets.column))]
        self.stdout.write(f"{name}: {len(old)} under an older key")
        if dry_run:
            return []
        return [f"{name} of row {pk}" for pk in old if not rewrite_inside(secrets, pk)]


def refuse_too_early() -> None:
    """Raise CommandError unless every process that uses the database encrypts with the new key.

    A process without the new key couldn't read re-encrypted values. A process that lists it second still encrypts with
    the old one.
    """
    first = encryption.primary_key_id()
    behind = encryption_keys.not_ready_for(first)
    if behind:
        raise CommandError(
            f"Nothing was rewritten: processes are running with the keys {' and '.join(behind)}. Each has to have "
            f"{first} first in FIELD_KEYS. Add it second everywhere and restart, move it first everywhere and "
            "restart, then run this again. A process that was killed counts for an hour."
        )


def _is_old(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_is_old, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and not value.startswith(encryption.primary_key_id() + ".")


def _renewed(value: Any, place: str, owner: str) -> Any:
    match value:
        case dict():
            return {key: _renewed(item, place, owner) for key, item in value.items()}
        case list():
            return [_renewed(item, place, owner) for item in value]
        case str():
            return encryption.encrypt(encryption.decrypt(value, place=place, owner=owner), place=place, owner=owner)
    return value


def rewrite_inside(secrets: encryption.JsonSecrets, pk: int) -> bool:
    """Like `rewrite`, for the strings in a JSON column."""
    model, name = apps.get_model(secrets.label), secrets.column
    try:
        with transaction.atomic():
            row = model._base_manager.select_for_update().filter(pk=pk).first()
            owner = secrets.owner(row) if row is not None else None
            if owner is not None:
                setattr(row, name, _renewed(getattr(row, name), f"{model._meta.db_table}.{name}", owner))
                row.save(update_fields=[name])
    except encryption.Undecipherable:
        return False
    return True


def under_older_keys(model: type[models.Model], name: str) -> list[int]:
    newest = encryption.primary_key_id() + "."
    # Compare ciphertexts, because the field's own lookups refuse a value that isn't one.
    sealed = models.functions.Cast(name, models.TextField())
    with rls.scope(rls.ALL_TENANTS):
        rows = model._base_manager.annotate(_sealed=sealed).exclude(_sealed="").exclude(_sealed__startswith=newest)
        return list(rows.exclude(_sealed=None).order_by("pk").values_list("pk", flat=True))


def rewrite(model: type[models.Model], name: str, pk: int) -> bool:
    """Re-encrypt one value in its own transaction while the service runs. Returns False if no key decrypts it."""
    try:
        with rls.scope(rls.ALL_TENANTS):
            rows = model._base_manager.select_for_update().only(name, *encryption.EncryptedTextField.OWNER)
            row = rows.filter(pk=pk).first()
            if row is not None:
                row.save(update_fields=[name])
    except encryption.Undecipherable:
        return False
    return True
