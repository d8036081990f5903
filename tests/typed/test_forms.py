"""The names, addresses and numbers of the lists, typed into the forms of members, candidates, and references."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.forms import BaseForm
from django.test import Client

from crosschq.accounts.email_code.forms import RequestCodeForm
from crosschq.accounts.members.views.invite import InviteForm
from crosschq.accounts.sign_in.forms.allauth import NewPassword, OtherAddress, SignIn, SignUp
from crosschq.core.ui.field_errors import error_texts
from crosschq.privacy.correct.forms import CorrectionForm
from crosschq.tenancy.models import Membership, Role, User
from crosschq.tenancy.scope import tenant
from prospects.opt_in.forms import OptInForm
from requests_app.candidate import nominate
from requests_app.public.forms import EmailForm, StaffAddressForm
from tests.factories import make_user
from tests.requests_app.factories import name_reference, sent_request
from tests.typed.lists import ADDRESSES, KEPT_ADDRESSES, KEPT_NAMES, NAMES, Address, some

pytestmark = pytest.mark.django_db
SIGN_UP = {"email": "d@acme.example", "organization": "Acme", "time_zone": "UTC", "password1": "correct horse battery"}
ADDRESS_FORMS: list[tuple[Any, str]] = [
    (SignUp, "email"),
    (SignIn, "login"),
    (NewPassword, "email"),
    (OtherAddress, "email"),
    (CorrectionForm, "email"),
    (EmailForm, "email"),
    (StaffAddressForm, "email"),
    (RequestCodeForm, "email"),
]


def bound(form: BaseForm, field: str) -> tuple[str, str]:
    """What the form keeps, and the sentence with which it refuses."""
    form.full_clean()
    return str(form.cleaned_data.get(field, "")), next(iter(error_texts(form[field])), "")


def test_signing_up_keeps_each_name_or_says_why_not() -> None:
    for name in some(NAMES, whole=3):
        kept, why = bound(SignUp({**SIGN_UP, "name": name.typed}), "name")
        if name.refused and not name.refused.startswith("Enter this person"):
            assert name.refused in why, name
        elif not name.refused:
            assert (kept, why) == (name.kept, ""), name


@pytest.mark.parametrize(("kind", "field"), ADDRESS_FORMS, ids=lambda each: getattr(each, "__name__", each))
def test_each_form_keeps_each_address_or_says_why_not(kind: Any, field: str) -> None:
    user = make_user()
    for address in some([each for each in ADDRESSES if each.typed]):
        more = {"user": user} if kind is OtherAddress else {}
        kept, why = bound(kind(data={field: address.typed}, **more), field)
        right = address.kept.lower() if kind in (SignUp, NewPassword, SignIn, OtherAddress) else address.kept
        assert refused_as_said(address, why) if address.refused else (kept.lower(), why) == (right.lower(), ""), address


def refused_as_said(address: Address, why: str) -> bool:
    """Each form has its own sentence for text that isn't an address, or is too long."""
    if address.refused in ("Enter a valid email address", "longer than 254 characters"):
        return bool(why)
    return address.refused in why


def test_an_invitation_takes_each_address_on_its_own_line() -> None:
    acting = Membership(role=Role.OWNER, user=User())
    for address in some([each for each in ADDRESSES if each.typed and not set(each.typed) & set("\n,;")]):
        form = InviteForm({"emails": f"tom@acme.example\n{address.typed}\n", "role": "recruiter"}, acting=acting)
        if address.refused and "Enter one address" not in address.refused:
            said = unescape(str(form.errors))
            assert any(each in said for each in ("email address", "Null characters", address.refused)), address
        elif not address.refused:
            assert form.is_valid(), address
            assert form.cleaned_data["emails"][-1] == address.kept.lower()


def test_an_opt_in_keeps_the_two_names_and_the_address() -> None:
    for name, address in zip(some(KEPT_NAMES), some(KEPT_ADDRESSES) * 10, strict=False):
        typed = {"first_name": name.first, "last_name": name.last[:100], "email": address.typed, "agreed": "on"}
        form = OptInForm("I agree", {**typed, "version": "1"})
        assert form.is_valid(), (name, address, form.errors)
        details = form.details()
        assert (details.first_name, details.email) == (name.first, address.kept)


def test_the_page_for_a_references_name_shows_again_what_it_refuses(client: Client) -> None:
    scenario = sent_request()
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
    page = f"{scenario.candidate_path}references/1/name/"
    for name in some(NAMES, whole=3):
        answer = client.post(page, {"name": name.typed})
        if not name.refused:
            assert answer.status_code == 303
            assert scenario.reference().name == name.kept, name
            assert shown(client.get(page), name.kept), name
        else:
            assert answer.status_code == 200, name
            assert shown(answer, name.typed.replace("\x00", "")), name


def test_the_page_for_a_references_address_shows_again_what_it_refuses(client: Client) -> None:
    scenario = sent_request()
    with tenant(scenario.organization):
        nominate.begin(scenario.reference_request)
        name_reference(scenario, 1, "Priya Nair")
    page = f"{scenario.candidate_path}references/1/email/"
    for address in some(ADDRESSES):
        answer = client.post(page, {"email": address.typed})
        if not address.refused:
            assert answer.status_code == 303, address
            assert scenario.reference().email == address.kept, address
        else:
            assert shown(answer, address.typed.replace("\x00", "")), address


def shown(answer: Any, typed: str) -> bool:
    return f'value="{typed}"' in unescape(answer.content.decode()) or not typed
