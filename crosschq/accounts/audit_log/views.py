"""The audit log: who changed what and who opened which report, newest first.

The URL holds the filters, with an id instead of a person's address: browsers and proxies keep URLs.
"""

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
from crosschq.core.security.pseudonyms import pseudonym
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
    person = forms.ChoiceField(
        label=gettext_lazy("Person"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("This link names no one in the audit log. Choose a person.")},
    )
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
        people = actors.values_list("pk", "email", "name")
        named = sorted((f"{name} ({email})" if name else email, pk) for pk, email, name in people if email)
        self._keys = {_id_of(pk): pk for _shown, pk in named}
        self.fields["person"].choices = [  # type: ignore[attr-defined]  # of ChoiceField
            ("", _("Everyone")),
            *((_id_of(pk), shown) for shown, pk in named),
            (NOBODY, "Crosschq"),
        ]
        actions = distinct_values(AuditEntry, "action", current_organization().pk)
        self.fields["action"].choices = [  # type: ignore[attr-defined]  # of ChoiceField
            ("", _("Everything")),
            *((action, action_words(action)) for action in actions),
        ]

    def clean_person(self) -> int | str:
        """The key of the chosen user, NOBODY, or nothing."""
        chosen: str = self.cleaned_data["person"]
        return self._keys.get(chosen, chosen)


def _id_of(user: int) -> str:
    """What the URL has instead of this user of the organization. Call inside `tenant()`."""
    return pseudonym(f"{current_organization().uid} {user}", purpose="audit log's filter").hex()[:32]


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
        "older": _with(request, form, before=str(shown[-1].uid)) if len(entries) > PAGE_ROWS else "",
        "newest": _with(request, form) if "before" in request.GET else "",
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
        rows = rows.filter(BY_CROSSCHQ) if person == NOBODY else rows.filter(actor=person)
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


def _with(request: MemberRequest, form: FilterForm, **more: str) -> str:
    """The filters that apply, for another page of the list."""
    query = request.GET.copy()
    for name in ("before", *form.errors):
        query.pop(name, None)
    query.update(more)
    return f"?{query.urlencode()}"
