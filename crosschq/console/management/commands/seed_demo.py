"""Create the demo's organizations and sign-ins in an empty database."""

import json
import os
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from crosschq.tenancy.models import Membership, Organization, Role, User

VARIABLE = "DEMO_ACCOUNTS"


class Command(BaseCommand):
    help = f"Create the organizations listed in {VARIABLE}, a JSON array, each with an owner who can sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing if the database has accounts")
        parser.add_argument("--collect-static", action="store_true", help="also collect the static files")

    def handle(self, *args: Any, if_empty: bool = False, collect_static: bool = False, **options: Any) -> None:
        if collect_static:
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        if User.objects.exists():
            if if_empty:
                return
            raise CommandError("This database already has accounts. The demo needs an empty database.")
        try:
            accounts = json.loads(os.environ[VARIABLE])
        except (KeyError, ValueError) as error:
            raise CommandError(f"{VARIABLE} must be a JSON array of accounts.") from error
        with transaction.atomic():
            for account in accounts:
                create(account)
        self.stdout.write(f"{len(accounts)} organizations created.")


def create(account: dict[str, str]) -> Organization:
    """One organization and its owner, with a verified email address."""
    user = User.objects.create_user(account["email"], account["password"], name=account["name"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    organization = Organization.objects.create(
        name=account["organization"], slug=account["slug"], time_zone=account["time_zone"]
    )
    Membership.objects.create(user=user, organization=organization, role=Role.OWNER)
    return organization
