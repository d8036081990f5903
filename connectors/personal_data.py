"""Personal data in connections: colleagues in the ATS, and what pages asked the ATS about candidates."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from connectors.models import Attachment, BackgroundTask, Connection, DirectoryUser, Writeback
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.addresses import AddressColumn
from crosschq.tenancy.person import (
    Column,
    Correction,
    ExportSection,
    Match,
    Person,
    PersonKind,
    Sought,
    email_keys,
    impersonal,
    personal,
    rows_of,
    work_columns,
)

COLLEAGUES = (PersonKind.DIRECTORY,)
CANDIDATES = (PersonKind.CANDIDATE,)
CONNECTED = "as long as the connection"
COLUMNS: list[Column] = [
    *impersonal(
        "connectors.Connection",
        "vendor",
        "state",
        "company_id",
        "company_name",
        "step_name",
        "field_name",
        "field_id",
        "problem",
        "permission_uses",
        why="about the company",
    ),
    *impersonal("connectors.Connection", "access_token", "refresh_token", why="secrets, encrypted"),
    *personal(
        "connectors.Connection",
        "ats_user",
        "ats_user_id",
        "fallback_owner_name",
        "fallback_owner_email",
        of=COLLEAGUES,
        until="until an admin changes it",
    ),
    *impersonal("connectors.OAuthState", "state_hash", "session_hash", "vendor", why="hashes of random values"),
    *impersonal("connectors.Subscription", "vendor_id", "path_hash", "state", why="ids, and a hash"),
    *impersonal("connectors.SigningKey", "key", why="a secret, encrypted"),
    *personal(
        "connectors.DirectoryUser", "ats_id", "name", "email", of=COLLEAGUES, until="until the ATS no longer lists them"
    ),
    *impersonal("connectors.SetupCheck", "snapshot", "last_good", why="jobs, steps, and fields of the ATS"),
    *impersonal("connectors.CachedJob", "ats_id", "job", why="a job of the ATS"),
    *personal("connectors.CachedJob", "team", of=COLLEAGUES, until="until the job is read again: ids of users"),
    *work_columns("connectors.Attachment"),
    *impersonal("connectors.Attachment", "reason", "name", "about_kind", "job_id", why="fixed sentences, and ids"),
    *personal("connectors.Attachment", "candidate_id", "ats_id", of=CANDIDATES, until="as long as the request"),
    *personal("connectors.Attachment", "contents", of=CANDIDATES, until="until it is attached"),
    *work_columns("connectors.Writeback"),
    *impersonal("connectors.Writeback", "reason", "text", "mark", "about_kind", why="fixed sentences, and a link"),
    *personal("connectors.Writeback", "candidate_id", "ats_id", of=CANDIDATES, until="as long as the request"),
    *work_columns("connectors.BackgroundTask"),
    *impersonal("connectors.BackgroundTask", "reason", "vendor", "kind", "key", "doing", why="fixed sentences, ids"),
    *personal(
        "connectors.BackgroundTask",
        "page",
        "arguments",
        "result",
        of=CANDIDATES,
        until="an hour after it ended, a day at most; encrypted",
    ),
]
COLLEAGUE_ADDRESSES = AddressColumn("connectors.DirectoryUser", "email")
ADDRESSES = [COLLEAGUE_ADDRESSES]


def find(sought: Sought) -> list[Match]:
    """Colleagues in the cached directory. Call inside `tenant()`."""
    users = DirectoryUser.objects.all()
    matching = sought.at(COLLEAGUE_ADDRESSES) | Q(uid__in=sought.uids) | sought.named("name")
    return [
        Match(PersonKind.DIRECTORY, user.uid, user.name, user.email, keys=email_keys(user.email), at=user.read_at)
        for user in users.filter(matching)[: sought.most]
    ]


def all_keys() -> list[str]:
    """The keys of all colleagues. Call inside `tenant()`."""
    return [*email_keys(*DirectoryUser.objects.values_list("email", flat=True))]


def export(person: Person, *, with_answers: bool = False) -> list[ExportSection]:
    """What we store about the colleague. Call inside `tenant()`."""
    users = DirectoryUser.objects.filter(uid__in=person.uids(PersonKind.DIRECTORY))
    return [ExportSection(_("Colleagues in the ATS"), rows_of(users, "ats_id", "name", "email", "active", "read_at"))]


def correct(person: Person, correction: Correction) -> int:
    """Change nothing: the directory is a copy that is read again every day."""
    return 0


def erase(person: Person) -> int:
    """Delete the cached colleague, and the background tasks that mention the person. Call inside `tenant()`."""
    users = DirectoryUser.objects.filter(uid__in=person.uids(PersonKind.DIRECTORY))
    Connection.objects.filter(ats_user_id__in=list(users.values_list("ats_id", flat=True))).update(ats_user="")
    deleted, _tables = users.delete()
    Connection.objects.filter(fallback_owner_email__in=person.of(PersonKind.DIRECTORY).emails).update(
        fallback_owner_name="", fallback_owner_email=""
    )
    return deleted + erase_tasks(person.words, person.sought)


def erase_notes(uids: Collection[UUID]) -> int:
    """Delete the notes and files about these requests, including those not written yet. Call inside `tenant()`."""
    notes, _tables = Writeback.objects.filter(about_uid__in=uids).delete()
    files, _tables = Attachment.objects.filter(about_uid__in=uids).delete()
    return notes + files


def erase_unattached(uid: UUID | None = None) -> None:
    """Delete the files that aren't attached yet: about this request, or all of them. Call inside `tenant()`."""
    unfinished = [WorkState.PENDING, WorkState.HELD, WorkState.DEAD, WorkState.UNKNOWN]
    rows = Attachment.objects.filter(state__in=unfinished)
    (rows if uid is None else rows.filter(about_uid=uid)).delete()


def erase_tasks(names: Iterable[str], sought: Sought) -> int:
    """Delete the tasks that mention a person. There are few tasks, so each is decrypted. Call inside `tenant()`."""
    words = [word.casefold() for word in [*names, *(candidate for _c, candidate in sought.ats_ids)]]
    mentioned = [
        task.pk
        for task in BackgroundTask.objects.all()
        if any(word in f"{task.page} {task.arguments} {task.result}".casefold() for word in words)
    ]
    deleted, _tables = BackgroundTask.objects.filter(pk__in=mentioned).delete()
    return deleted
