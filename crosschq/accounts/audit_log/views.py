"""The audit log: who changed what and who opened which report, newest first. The URL holds the filters."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.accounts.audit_log.names import NameLookup
from crosschq.accounts.audit_log.text import NO_ONE, action_words, changes, sentence
from crosschq.core.database.distinct import distinct_values
from crosschq.core.database.keyset import behind
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import AuditEntry, Role, User
from crosschq.tenancy.retention import RetentionKind, period_of
from crosschq.tenancy.scope import current_organization

PAGE_ROWS = 50
NEWEST = ("-at", "-id")
NOBODY = "crosschq"
# Excludes people without an account, who have no actor either: see `text.actor_words`.
BY_CROSSCHQ = Q(actor=None) & ~Q(after__has_key="reader") & ~Q(action=NO_ONE)
# Dates further away overflow when converted between time zones.
SENSIBLE = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1))]


class FilterForm(forms.Form):
    person = forms.ChoiceField(label=gettext_lazy("Person"), required=False)
    action = forms.ChoiceField(label=gettext_lazy("Action"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        validators=SENSIBLE,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=gettext_lazy("To"),
        required=False,
        validators=SENSIBLE,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the people and actions that the log contains. Call inside `tenant()`."""
        super().__init__(*args, **kwargs)
        actors = User.objects.filter(pk__in=distinct_values(AuditEntry, "actor_id", current_organization().pk))
        people = actors.values_list("email", "name")
        named = sorted((f"{name} ({email})" if name else email, email) for email, name in people if email)
        self.fields["person"].choices = [  # type: ignore[attr-defined]  # of ChoiceField
            ("", _("Everyone")),
            *((email, shown) for shown, email in named),
            (NOBODY, "Crosschq"),
        ]
        actions = distinct_values(AuditEntry, "action", current_organization().pk)
        self.fields["action"].choices = [  # type: ignore[attr-defined]  # of ChoiceField
            ("", _("Everything")),
            *((action, action_words(action)) for action in actions),
        ]


@member_page(Role.ADMIN)
def index(request: MemberRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    form.is_valid()  # an invalid filter shows an error; the valid ones still apply
    rows = _filtered(AuditEntry.objects.select_related("actor").order_by(*NEWEST), form.cleaned_data)
    rows = _older_than(rows, request.GET.get("before", ""))
    entries = list(rows[: PAGE_ROWS + 1])
    shown = entries[:PAGE_ROWS]
    names = NameLookup(shown)
    context = {
        "form": form,
        "rows": [_row(entry, names) for entry in shown],
        "kept": period_of(request.organization, RetentionKind.AUDIT),
        "is_filtered": any(form.data.get(name) for name in form.fields),
        "older": _with(request, before=str(shown[-1].uid)) if len(entries) > PAGE_ROWS else "",
        "newest": _with(request) if "before" in request.GET else "",
    }
    return render(request, "accounts/audit_log/audit_log.html", context)


def _row(entry: AuditEntry, names: NameLookup) -> dict[str, Any]:
    return {
        "entry": entry,
        "sentence": sentence(entry, names),
        "changes": changes(entry, names),
    }


def _filtered(rows: "QuerySet[AuditEntry]", filters: dict[str, Any]) -> "QuerySet[AuditEntry]":
    if person := filters.get("person"):
        rows = rows.filter(BY_CROSSCHQ) if person == NOBODY else rows.filter(actor__email=person)
    if action := filters.get("action"):
        rows = rows.filter(action=action)
    if since := filters.get("since"):
        rows = rows.filter(at__gte=_midnight(since))
    if until := filters.get("until"):
        rows = rows.filter(at__lt=_midnight(until + timedelta(days=1)))
    return rows


def _midnight(day: date) -> datetime:
    """The start of the day in the active time zone, which is the organization's."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _older_than(rows: "QuerySet[AuditEntry]", uid: str) -> "QuerySet[AuditEntry]":
    """Entries after this one in the list, so new entries on top don't shift pages."""
    try:
        mark = AuditEntry.objects.filter(uid=UUID(uid)).first()
    except ValueError:
        mark = None
    if not mark:
        return rows
    return rows.filter(behind(NEWEST, (mark.at, mark.pk)))


def _with(request: MemberRequest, **more: str) -> str:
    query = request.GET.copy()
    query.pop("before", None)
    query.update(more)
    return f"?{query.urlencode()}"
