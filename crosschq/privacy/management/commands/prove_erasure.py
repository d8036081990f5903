import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crosschq.core.outbox import work_item
from crosschq.privacy.proof.search import prove
from crosschq.tenancy.models import Organization


class Command(BaseCommand):
    help = (
        "Search every table, the cache, the queue, and the files for a person. "
        "Exits with an error if something is found. Without arguments it reads one address, number, or name per line, "
        "which keeps them out of the shell's history."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("words", nargs="*", help="email addresses, phone numbers, and names")
        parser.add_argument("--organization", default="", help="the slug of one organization; otherwise all")

    def handle(self, **options: Any) -> None:
        words = [word.strip() for word in options["words"] or sys.stdin.read().splitlines() if word.strip()]
        if not words:
            raise CommandError("Give at least one address, number, or name.")
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if options["organization"] and organization is None:
            raise CommandError("There is no such organization.")
        try:
            proof = prove(words, [], organization=organization)
        except work_item.Setback as setback:
            raise CommandError(setback.sentence) from setback
        self.stdout.write(
            f"Searched {proof.tables} tables ({proof.columns} columns), {proof.keys} keys of the cache and the queue, "
            f"and {proof.files} files."
        )
        for place, why in proof.excluded.items():
            self.stdout.write(f"Not searched: {place}: {why}")
        for place, count in proof.found.items():
            self.stdout.write(f"Found in {place}: {count}")
        if proof.found:
            raise CommandError("Something was found.")
        self.stdout.write("Found nothing.")
