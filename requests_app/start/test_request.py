"""Test requests: the whole process with a made-up candidate.

All emails go to the member who sent it, nothing reaches the ATS, and all of it can be erased.
"""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.database.counting import is_any
from crosschq.core.models import SecretLink
from crosschq.messaging.models import Message
from crosschq.tenancy import audit
from crosschq.tenancy.models import AuditEntry, Organization, User
from requests_app.lifecycle import locked
from requests_app.models import Reader, Reference, ReferenceRequest, RequestState
from requests_app.start.start import CandidateInfo, Origin, Owner, start_request
from templates_app.models import TemplateVersion

DOUBLE_CLICK = timedelta(minutes=1)
ERASED = "test_request.erase"


class NotATest(Exception):
    """The request is real, and real requests are never erased this way."""


def send_test_request(*, organization: Organization, version: TemplateVersion, to: User) -> ReferenceRequest:
    """Start a test with this person as the candidate, the owner, and every reference. Call inside `tenant()`.

    Accounts have only confirmed addresses, so it can't email anyone else. A double click returns the first request.
    """
    # With the lock, the second of two clicks waits and then finds the request of the first.
    TemplateVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
    just_now = ReferenceRequest.objects.filter(
        is_test=True,
        version=version,
        candidate_email=to.email,
        state=RequestState.SENT,
        created_at__gt=clock.now() - DOUBLE_CLICK,
    )
    pressed: ReferenceRequest | None = just_now.first()
    if pressed is not None:
        return pressed
    return start_request(
        organization=organization,
        version=version,
        candidate=CandidateInfo(_("Test"), _("Candidate"), to.email),
        job_title=_("Test job"),
        owner=Owner(str(to), to.email, _("%(who)s sent the test") % {"who": to}),
        origin=Origin(sentence=_("%(who)s sent this test to themselves") % {"who": to}, is_test=True),
    )


def erase_test_request(reference_request: ReferenceRequest, *, actor: User) -> None:
    """Delete every row of a test: people, answers, links, and emails. One audit log entry remains.

    Call inside `tenant()`. Raises NotATest, and RequestMovedOn if it is already erased.
    """
    reference_request = locked(reference_request)
    if not reference_request.is_test:
        raise NotATest
    people = [reference_request.uid]
    for rows in (
        Reference.objects.filter(reference_request=reference_request),
        Reader.objects.filter(reference_request=reference_request),
    ):
        people += rows.values_list("uid", flat=True)
    SecretLink.objects.filter(subject__in=people).delete()
    Message.objects.filter(about_uid__in=people).delete()
    reference_request.delete()
    audit.record(
        organization=reference_request.organization,
        actor=actor,
        action=ERASED,
        after={"day": timezone.localdate(reference_request.created_at), "template": reference_request.version.name},
    )


def was_sent() -> bool:
    """Whether the organization in scope has sent a test, or any real request."""
    return is_any(ReferenceRequest.objects.all()) or bool(AuditEntry.objects.filter(action=ERASED).exists())
