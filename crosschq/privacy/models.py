"""What the privacy desk does for an organization, as work for a worker."""

import json
import uuid
from typing import Any, ClassVar

from django.db import models

from crosschq.core.outbox import work_item
from crosschq.core.outbox.after_restore import AfterRestore
from crosschq.core.outbox.queues import LOCAL, Queue
from crosschq.core.security.encryption import EncryptedTextField
from crosschq.tenancy.models import TenantModel, User
from crosschq.tenancy.person import Sought
from crosschq.tenancy.requested_work import UNFINISHED, RequestedWork


class PrivacyWork(RequestedWork):
    """Work that an admin requested on the privacy desk, whose progress a page shows."""

    # It reads and writes only our database, so it is safe to repeat after a restore.
    after_restore: ClassVar[AfterRestore] = AfterRestore.CONTINUES
    queues: ClassVar[tuple[Queue, ...]] = (LOCAL,)
    lease_seconds: ClassVar[int] = 300
    retry_delays: ClassVar[tuple[int, ...]] = (5, 30, 120)

    class Meta(RequestedWork.Meta):
        abstract = True


class DataExport(PrivacyWork):
    """A copy of everything that we store about one person, or for the organization, kept for a few days.

    Its content is in its parts.
    """

    performed_by: ClassVar[str] = "crosschq.privacy.export.perform.perform"

    # The row named in the URL of the person's page; the organization's uid in an export of everything.
    person_uid = models.UUIDField()
    of_organization = models.BooleanField(default=False)
    # The person's keys and uids, as JSON.
    sought = EncryptedTextField()
    # Whether the references' answers are included, although the candidate may not be allowed to see them.
    with_answers = models.BooleanField(default=False)
    size = models.PositiveIntegerField(default=0)  # bytes
    expires_at = models.DateTimeField(null=True)

    class Meta(PrivacyWork.Meta):
        abstract = False
        indexes = work_item.indexes("organization")
        constraints = [
            # A second click joins the first export.
            models.UniqueConstraint(
                fields=["organization", "person_uid", "with_answers"],
                condition=models.Q(state__in=UNFINISHED),
                name="privacy_dataexport_once",
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.uid}"


class ExportPart(TenantModel):
    """A part of an export's ZIP file, in base64."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    export = models.ForeignKey(DataExport, on_delete=models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    content = EncryptedTextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="privacy_exportpart_once")]

    def __str__(self) -> str:
        return f"part {self.number} of {self.export_id}"


class Erasure(PrivacyWork):
    """The erasure of one person, or of one reference. Once done, it names no one, and stays as evidence."""

    performed_by: ClassVar[str] = "crosschq.privacy.erase.perform.perform"

    # The row that was named in the URL of the person's page.
    person_uid = models.UUIDField()
    # Erase only this one reference, but not the person elsewhere.
    only_reference = models.BooleanField(default=False)
    # The person's keys, uids, names and addresses, as JSON. Empty once it is done.
    sought = EncryptedTextField(blank=True)
    # Gets the open requests that the person owns.
    heir = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    rows = models.PositiveIntegerField(default=0)
    erased_at = models.DateTimeField(null=True)
    # What staff still have to delete in the ATS, as JSON. Empty once they have.
    left_in_ats = EncryptedTextField(blank=True)
    # Where we searched afterwards, and what we found: see proof/search.py.
    proof = models.JSONField(default=dict)
    # Repeated from the ledger, after the database was restored.
    is_repeated = models.BooleanField(default=False)

    class Meta(PrivacyWork.Meta):
        abstract = False
        indexes = work_item.indexes("organization")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "person_uid", "only_reference"],
                condition=models.Q(state__in=UNFINISHED),
                name="privacy_erasure_once",
            ),
        ]

    def __str__(self) -> str:
        return f"erasure {self.uid}"

    @property
    def ats_list(self) -> list[dict[str, str]]:
        """What to delete in the ATS: the kind of object, and the candidate's id."""
        return json.loads(self.left_in_ats) if self.left_in_ats else []


class Offboarding(PrivacyWork):
    """The deletion of an organization, a week after an owner asked for it. Its row is deleted with the others."""

    performed_by: ClassVar[str] = "crosschq.privacy.offboarding.perform.perform"
    retry_delays: ClassVar[tuple[int, ...]] = (60, 600, 3600)

    class Meta(PrivacyWork.Meta):
        abstract = False
        indexes = work_item.indexes("organization")
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(state__in=UNFINISHED), name="privacy_offboarding_once"
            ),
        ]

    def __str__(self) -> str:
        return f"offboarding {self.uid}"


def as_text(sought: Sought) -> str:
    """The keys and uids as JSON, to store."""
    return json.dumps({"keys": sorted(sought.keys), "uids": sorted(map(str, sought.uids))})


def as_sought(text: str) -> Sought:
    """The keys and uids of this JSON."""
    given: dict[str, Any] = json.loads(text)
    return Sought(keys=frozenset(given["keys"]), uids=frozenset(uuid.UUID(uid) for uid in given["uids"]))
