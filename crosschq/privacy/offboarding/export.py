"""Everything that an organization holds, as a ZIP file with one file of JSON lines for each table."""

import zipfile
from typing import IO

from crosschq.privacy.offboarding.tables import NOT_EXPORTED, lines, tables
from crosschq.tenancy.models import Organization

READ_ME = """Everything the organization holds in Crosschq: one file for each table, one JSON object for each row.
Secrets (tokens, keys), hashes, and the texts of unsent emails are left out. Times have their offset.
"""


def write_everything(organization: Organization, file: IO[bytes]) -> None:
    """Write the ZIP file. Call inside `tenant()`."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", READ_ME)
        for model in tables():
            label = model._meta.label
            if label in NOT_EXPORTED:
                continue
            with archive.open(f"{label}.jsonl", "w") as entry:
                for line in lines(model, organization):
                    entry.write(line.encode())
