"""Names and addresses that are possible but probably a slip: the page asks “Is this right?”"""

import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from crosschq.core.text.email_keys import address_key
from requests_app.models import Reference, ReferenceRequest, ReferenceState

ALIKE = 0.9  # of SequenceMatcher: one letter in a name of ten


def about_name(reference_request: ReferenceRequest, name: str, *, slot: int, by_candidate: bool = True) -> str:
    """Why this name in a slot may be a slip; empty if it isn't. by_candidate: or by a member, who reads it."""
    words = {"name": name}
    if _key(name) == _key(reference_request.candidate_name):
        return (_("“%(name)s” is your own name.") if by_candidate else _("“%(name)s” is the candidate's name.")) % words
    for other in _others(reference_request, slot):
        words = {"name": name, "other": other.name}
        if _key(name) == _key(other.name):
            said = _("You already named %(other)s.") if by_candidate else _("%(other)s is already named.")
            return said % words
        if _are_alike(_key(name), _key(other.name)):
            said = _("“%(name)s” looks a lot like %(other)s, who is already named.")
            if by_candidate:
                said = _("“%(name)s” looks a lot like %(other)s, who you already named.")
            return said % words
    return ""


def about_reach(
    reference_request: ReferenceRequest, email: str, phone: str, *, slot: int, by_candidate: bool = True
) -> str:
    """Why this address or phone of a reference may be a slip; empty if it isn't. by_candidate: see about_name."""
    if reference_request.is_test:
        return ""
    key, own = address_key(email), address_key(reference_request.candidate_email)
    if _are_alike_addresses(key, own):
        said = _("“%(email)s” looks a lot like the candidate's address.")
        if by_candidate:
            said = _("“%(email)s” looks a lot like your own address.")
        return said % {"email": email}
    for other in _others(reference_request, slot):
        if _are_alike_addresses(key, other.email_key):
            return _("“%(email)s” looks a lot like the address of %(name)s.") % {"email": email, "name": other.name}
        if phone and phone == other.phone:
            said = _("%(name)s has this phone number too.")
            if by_candidate:
                said = _("You gave this phone number for %(name)s too.")
            return said % {"name": other.name}
    return ""


def _others(reference_request: ReferenceRequest, slot: int) -> Iterable[Reference]:
    named = Reference.objects.filter(reference_request=reference_request).exclude(state=ReferenceState.REPLACED)
    return named.exclude(slot=slot)


def _key(name: str) -> str:
    """The words of a name in any order, without case and accents."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return " ".join(sorted(plain.casefold().split()))


def _are_alike_addresses(one: str, other: str) -> bool:
    """Whether two different addresses differ only by a slip before or after the @."""
    local, _at, domain = one.rpartition("@")
    other_local, _at, other_domain = other.rpartition("@")
    if one == other or not other:
        return False
    if domain == other_domain:
        return _are_alike(local, other_local)
    return local == other_local and _are_alike(domain, other_domain)


def _are_alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE
