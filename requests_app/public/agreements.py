"""What candidates and references agree to. Each wording has a permanent version: to change it, add a version."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crosschq.core import clock
from requests_app.models import Agreement, Reference, ReferenceRequest
from requests_app.public import networks
from requests_app.text import plain

# Before the candidate starts.
TAKE_PART: Mapping[int, str] = {
    1: gettext_noop(
        "I agree that %(organization)s may ask the people I name about my work, and that Crosschq may store my"
        " details and their answers for this."
    ),
}
# When a reference sends answers.
OWN_WORDS: Mapping[int, str] = {1: gettext_noop("These are my own words")}
# The same if the request compares networks (networks.py).
TAKE_PART_COMPARED: Mapping[int, str] = {
    2: gettext_noop(
        "I agree that %(organization)s may ask the people I name about my work, and that Crosschq may store my"
        " details and their answers for this. %(organization)s will learn whether someone answers from the same"
        " network as I do."
    ),
}
OWN_WORDS_COMPARED: Mapping[int, str] = {
    2: gettext_noop(
        "These are my own words. %(organization)s will learn whether I answered from the same network as the candidate."
    ),
}


def _texts(reference_request: ReferenceRequest, *, of_reference: bool) -> Mapping[int, str]:
    if reference_request.compares_networks:
        return OWN_WORDS_COMPARED if of_reference else TAKE_PART_COMPARED
    return OWN_WORDS if of_reference else TAKE_PART


def current_version(reference_request: ReferenceRequest, *, of_reference: bool) -> int:
    return max(_texts(reference_request, of_reference=of_reference))


def current_text(reference_request: ReferenceRequest, *, of_reference: bool) -> str:
    """The newest wording, in the language of the page."""
    texts = _texts(reference_request, of_reference=of_reference)
    return _(texts[max(texts)]) % {"organization": plain(reference_request.organization.name)}


def record(reference_request: ReferenceRequest, reference: Reference | None = None, *, client_ip: str = "") -> None:
    """Store that the candidate (no reference) or the reference agreed, in the transaction of what they did.

    client_ip: their IP address, compared only if they agreed to that.
    """
    of_reference = reference is not None
    Agreement.objects.create(
        organization_id=reference_request.organization_id,
        reference_request=reference_request,
        reference=reference,
        version=current_version(reference_request, of_reference=of_reference),
        text=current_text(reference_request, of_reference=of_reference),
        given_at=clock.now(),
    )
    networks.record(reference_request, reference, client_ip)
