"""The organizations and sign-ins of the demo, in an empty database."""

import json
import os
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from crosschq.tenancy.models import Membership, Organization, Role, User

VARIABLE = "DEMO_ACCOUNTS"


class Command(BaseCommand):
    help = f"Make the organizations listed in {VARIABLE}, a JSON array, each with an owner who can sign in at once."

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.exists():
            raise CommandError("This database is in use: somebody has an account. The demo needs an empty one.")
        try:
            accounts = json.loads(os.environ[VARIABLE])
        except (KeyError, ValueError) as error:
            raise CommandError(f"{VARIABLE} has to be set to a JSON array of accounts.") from error
        with transaction.atomic():
            for account in accounts:
                make(account)
        self.stdout.write(f"{len(accounts)} organizations were made.")


def make(account: dict[str, str]) -> Organization:
    """One organization and its owner, whose e-mail counts as verified."""
    user = User.objects.create_user(account["email"], account["password"], name=account["name"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    organization = Organization.objects.create(
        name=account["organization"], slug=account["slug"], time_zone=account["time_zone"]
    )
    Membership.objects.create(user=user, organization=organization, role=Role.OWNER)
    return organization
