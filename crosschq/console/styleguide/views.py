"""The style guide, in DEBUG only: every component in every state. It reads no data."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from csp.decorators import csp_exempt
from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from crosschq.core.ui.icons import ICONS

PAGES = {
    "components": "console/styleguide/components.html",
    "forms": "console/styleguide/forms.html",
    "report": "console/styleguide/report.html",
    "confirm": "console/styleguide/confirm.html",
    "start": "console/styleguide/start.html",
    "question": "console/styleguide/question.html",
    "check": "console/styleguide/check.html",
    "done": "console/styleguide/done.html",
    "code": "console/styleguide/code.html",
    **{name: f"{name}.html" for name in ("400", "403", "403_csrf", "404", "429", "500")},
}
# The current entry of the side navigation.
SECTIONS = {"forms": "templates", "report": "requests"}
ACME = SimpleNamespace(name="Acme GmbH", slug="acme")
EMAIL = {
    "subject": "Maya Osei asks you for a reference",
    "preheader": "9 questions, about 8 minutes, on your phone or computer",
    "sender": "Acme GmbH",
    "greeting": "Hello Priya Nair,",
    "paragraphs": [
        "Maya Osei has applied at Acme GmbH as Backend Engineer and named you as a reference.",
        "It takes 9 questions and about 8 minutes. Your answers are saved as you go.",
    ],
    "action_label": "Give reference",
    "action_url": "https://crosschq.example/r/8mJ3xQ0vT5cYh2LwBd7Kpg/",
    "after": ["The hiring team at Acme GmbH will read it. Maya won't see it here."],
    "footer": ["You got this email because Maya Osei gave us your address. Not you? Open the link and tell us."],
}
MOMENT = datetime(2026, 11, 22, 8, 14, tzinfo=UTC)


class ExampleForm(forms.Form):
    name = forms.CharField(label="Template name", max_length=80)
    ats_tag = forms.CharField(
        label="ATS Tag", max_length=80, help_text="Put exactly this in the field “Crosschq tag” of a job"
    )
    description = forms.CharField(label="Description", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    survey = forms.ChoiceField(label="Survey", choices=[("core", "General survey, 8 minutes")])
    due_days = forms.IntegerField(label="Due after", min_value=1, max_value=60, initial=14)
    first_year = forms.IntegerField(label="From year", required=False)
    last_year = forms.IntegerField(label="To year", required=False)
    who = forms.ChoiceField(
        label="Who is asked",
        choices=[("manager", "Manager"), ("peer", "Coworker or peer"), ("any", "Any relationship type")],
        widget=forms.RadioSelect,
    )
    tell = forms.MultipleChoiceField(
        label="Notify when the report is ready",
        required=False,
        choices=[("owner", "The owner"), ("manager", "The hiring manager")],
        widget=forms.CheckboxSelectMultiple,
    )
    self_reference = forms.BooleanField(
        label="Ask the candidate the same questions",
        required=False,
        help_text="The report shows both views side by side",
    )


class AnswerForm(forms.Form):
    rating = forms.ChoiceField(
        label="How well did Maya meet deadlines?",
        choices=[
            ("5", "Always met them"),
            ("4", "Usually met them"),
            ("3", "Met about half"),
            ("2", "Rarely met them"),
            ("1", "Never met them"),
            ("not_seen", "I did not see this"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the answer that fits best, or “I did not see this”"},
    )
    comment = forms.CharField(label="Add an example", required=False, widget=forms.Textarea(attrs={"rows": 4}))


class SampleCodeForm(forms.Form):
    code = forms.CharField(
        label="Code from the email",
        help_text="6 digits",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


def show(request: HttpRequest, name: str = "components") -> HttpResponse:
    """One page of the guide; ?errors shows its forms with errors. Its buttons return to it."""
    if name not in PAGES:
        raise Http404
    if request.method == "POST":
        return redirect("styleguide:page", name=name)
    person = SimpleNamespace(name="Dana Ruiz", email="dana.ruiz@acme.example", is_authenticated=True)
    membership = SimpleNamespace(role="admin", get_role_display="Admin")
    for key, value in {"organization": ACME, "membership": membership, "user": person}.items():
        setattr(request, key, value)
    if request.resolver_match:
        request.resolver_match.namespace = SECTIONS.get(name, "connectors")
    return render(request, PAGES[name], _context(with_errors="errors" in request.GET))


@csp_exempt()
def email(request: HttpRequest) -> HttpResponse:
    """The HTML part of an email. Emails need inline styles, so this page sends no content security policy."""
    return render(request, "messaging/email.html", {"email": EMAIL})


def _given(*ratings: int | None) -> list[SimpleNamespace]:
    """The ratings of references A, B, and C, of which A is a manager."""
    people = zip("ABC", ratings, strict=False)
    return [SimpleNamespace(letter=letter, rating=rating, is_manager=letter == "A") for letter, rating in people]


def _context(*, with_errors: bool) -> dict[str, Any]:
    data = {"name": "", "ats_tag": "eng", "due_days": "0", "rating": "", "code": ""} if with_errors else None
    return {
        "organization": ACME,
        "organizations": [ACME, SimpleNamespace(name="Ledgerly Deutschland GmbH & Co. KG", slug="ledgerly")],
        "form": ExampleForm(data),
        "answer": AnswerForm(data),
        "code": SampleCodeForm(data),
        "has_errors": with_errors,
        "moment": MOMENT,
        "groups": [("needs", "Needs you", "3")],
        "icon_names": list(ICONS),
        "page": Paginator(range(450), 50).page(2),
        "ratings": [
            {"label": "Reliability", "mean": 4.67, "low": 4, "high": 5, "self_rating": 4, "count": 3,
             "managers": 5, "peers": 4, "given": _given(5, 5, 4)},
            {"label": "Communication", "mean": 4.33, "low": 3, "high": 5, "self_rating": 5, "count": 3,
             "managers": 5, "peers": 3, "given": _given(5, 5, 3), "note": "Opinions differ"},
            {"label": "Technical depth", "mean": 5, "low": 5, "high": 5, "self_rating": 3, "count": 2,
             "managers": 5, "peers": None, "given": _given(5, 5, None)},
            {"label": "Leading others", "mean": None, "low": None, "high": None, "self_rating": None, "count": 0,
             "given": (), "note": "No one saw this"},
        ],
    }  # fmt: skip
