"""Every form validates email addresses and lines by the same rules, and shows the input again."""

from __future__ import annotations

import pytest
from django import forms
from django.forms import BaseForm

from crosschq.core.ui.form_fields import AddressField

APPS = ("crosschq", "connectors", "templates_app", "requests_app", "webhooks", "prospects")


def our_forms() -> list[type[BaseForm]]:
    found, left = set[type[BaseForm]](), [BaseForm]
    while left:
        for kind in left.pop().__subclasses__():
            left.append(kind)
            if kind.__module__.partition(".")[0] in APPS and kind not in found:
                found.add(kind)
    return sorted(found, key=lambda kind: f"{kind.__module__}.{kind.__qualname__}")


def test_every_email_field_is_ours() -> None:
    import crosschq.urls  # noqa: F401  # imports all views and so all forms

    theirs = [
        f"{kind.__module__}.{kind.__qualname__}.{name}"
        for kind in our_forms()
        for name, field in kind.base_fields.items()  # type: ignore[attr-defined]  # set by a metaclass
        if isinstance(field, forms.EmailField) and not isinstance(field, AddressField)
    ]
    # allauth's are replaced when the form is made: see the next test.
    assert [name for name in theirs if not name.startswith("crosschq.accounts.sign_in.forms.allauth.")] == []


def test_no_browser_refuses_what_we_accept() -> None:
    import crosschq.urls  # noqa: F401  # imports all views and so all forms

    fields = [field for kind in our_forms() for field in kind.base_fields.values()]  # type: ignore[attr-defined]
    assert [field.label for field in fields if "pattern" in field.widget.attrs] == []


def test_the_page_for_another_address_of_ones_own_has_our_form() -> None:
    from allauth.account.views import EmailView

    from crosschq.accounts.sign_in.forms import allauth

    assert EmailView().get_form_class() is allauth.OtherAddress


@pytest.mark.django_db
def test_allauths_email_fields_are_replaced_by_ours() -> None:
    from crosschq.accounts.sign_in.forms import allauth

    made = {
        "SignIn": allauth.SignIn().fields["login"],
        "SignUp": allauth.SignUp().fields["email"],
        "NewPassword": allauth.NewPassword().fields["email"],
        "OtherAddress": allauth.OtherAddress().fields["email"],
    }
    assert {name for name, field in made.items() if not isinstance(field, AddressField)} == set()
