"""The privacy desk: find a person, and see everything that we store about them."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from crosschq.privacy.desk.forms import PersonSearchForm
from crosschq.privacy.desk.holdings_of import held_by_kind, what_is_held
from crosschq.privacy.desk.search import address_in, find_people, find_person
from crosschq.privacy.erase.request import is_blocked
from crosschq.privacy.personal_data import exports_of
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.person import MOST_NAMES_READ, MOST_READERS, Person, PersonKind
from webhooks.decision.erased_candidates import is_id_blocked


@member_page(Role.ADMIN)
@never_cache
def index(request: MemberRequest) -> HttpResponse:
    """Find people. A search is posted, so that no address or name gets into a URL, a log, or the browser's history."""
    form = PersonSearchForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "is_owner": request.membership.may(Role.OWNER)}
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["q"]
        found = find_people(text)
        address = address_in(text)
        blocked = address if "@" in address and is_blocked(request.organization, address) else ""
        context |= {
            "text": text,
            "blocked": blocked,
            "blocked_id": text if "@" not in text and is_id_blocked(text) else "",
            "by_address": "@" in address,
            "most_names_read": MOST_NAMES_READ,
            "is_partial": found.is_partial,
            "rows": [_row(person) for person in found.people],
        }
    return render(request, "privacy/desk/search.html", context)


@member_page(Role.ADMIN)
@never_cache
def person(request: MemberRequest, uid: UUID) -> HttpResponse:
    found = person_or_404(request, uid)
    return render(
        request,
        "privacy/desk/person.html",
        {
            **person_context(found, uid),
            "kinds": held_by_kind(request.organization, found),
            "held": what_is_held(found),
            "exports": exports_of(found),
            "most_readers": MOST_READERS,
        },
    )


def person_or_404(request: HttpRequest, uid: UUID) -> Person:
    """The person, or 404. A page that only shows them reads the newest rows of a reader. Call inside `tenant()`."""
    found = find_person(uid, newest_readers=request.method in ("GET", "HEAD"))
    if found is None:
        raise Http404(_("We hold nothing about this person. Their data may have been erased in the meantime."))
    return found


def person_context(person: Person, uid: UUID) -> dict[str, Any]:
    """What every page about one person shows. `uid`: the row named in the page's URL."""
    return {
        "person": person,
        "uid": uid,
        "name": name_of(person),
        "is_member": bool(person.uids(PersonKind.MEMBER)),
        "is_invited": bool(person.uids(PersonKind.INVITED)),
    }


def name_of(person: Person) -> str:
    return next(iter([*person.names, *person.emails]), _("A candidate without a name"))


def _row(person: Person) -> dict[str, Any]:
    kinds = list(dict.fromkeys(match.kind for match in person.matches))
    return {
        "uid": person.matches[0].uid,
        "name": name_of(person),
        "others": person.names[1:],
        "emails": person.emails,
        "kinds": [kind.label for kind in kinds],
        "newest": max((match.at for match in person.matches if match.at), default=None),
    }
