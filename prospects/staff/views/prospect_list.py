from typing import Any

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from crosschq.core import clock
from crosschq.core.database.counting import count_up_to, is_any
from crosschq.core.text.ats_name import ats_name
from crosschq.core.text.csv_lines import separator_for
from crosschq.core.ui.form_fields import SearchField
from crosschq.tenancy import audit
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from prospects.export import selected
from prospects.models import Prospect
from prospects.staff import queries
from prospects.staff.badges import export_badge
from prospects.staff.download import csv_lines
from requests_app.staff.queries import bounded


class ProspectFilterForm(forms.Form):
    q = SearchField(
        label=gettext_lazy("Name or employer"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    export = forms.ChoiceField(
        required=False,
        choices=[("", gettext_lazy("Any")), *queries.EXPORT_STATES.items()],
    )
    after = forms.UUIDField(required=False)
    before = forms.UUIDField(required=False)
    ending = forms.BooleanField(label=gettext_lazy("Consent expires soon"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["export"].label = _("In %(ats)s") % {"ats": ats_name()}

    def filters(self) -> queries.ProspectFilter:
        """The valid filters; the page shows errors of the others."""
        self.is_valid()
        found = self.cleaned_data
        return queries.ProspectFilter(found.get("q", ""), found.get("export", ""), found.get("ending", False))


@member_page(Role.VIEWER)
def index(request: MemberRequest) -> HttpResponse:
    """The people who asked to hear about jobs."""
    form = ProspectFilterForm(request.GET)
    filters, now = form.filters(), clock.now()
    page = queries.page(filters, now, after=form.cleaned_data.get("after"), before=form.cleaned_data.get("before"))
    to_delete = count_up_to(queries.candidates_to_delete())
    is_filtered = filters != queries.ProspectFilter()
    may_change = request.membership.may(Role.ADMIN)
    usable = selected.usable_settings() if may_change else None
    context = {
        "form": form,
        "is_filtered": is_filtered,
        "page": page,
        "rows": [_row(prospect) for prospect in page.rows],
        "has_no_prospects": not page.rows and not is_any(Prospect.objects.filter(removed_at=None)),
        "to_delete": to_delete,
        "to_delete_shown": bounded(to_delete),
        "is_whole": not (page.previous or page.next),
        "query": request.GET.urlencode(),
        "may_download": request.membership.may(Role.RECRUITER),
        "has_semicolons": _separator(request) == ";",
        "may_change": may_change,
        # Selected prospects can be exported only if a connection has complete settings.
        "export_vendor": usable.connection.vendor if usable else "",
    }
    return render(request, "prospects/staff/list.html", context)


@member_page(Role.RECRUITER, opens_tenant=False)
@require_POST
def download(request: MemberRequest) -> HttpResponseBase:
    """The list as a CSV file. Recorded in the audit log because personal data leaves the product."""
    now, organization = clock.now(), request.organization
    filters = ProspectFilterForm(request.GET).filters()
    with tenant(organization):
        audit.record(organization=organization, actor=request.user, action="prospects.download")
    response = StreamingHttpResponse(
        csv_lines(organization, filters, now, separator=_separator(request)), content_type="text/csv; charset=utf-8"
    )
    day = timezone.localtime(now).date().isoformat()
    response["Content-Disposition"] = f'attachment; filename="prospects-{day}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def _separator(request: MemberRequest) -> str:
    return separator_for(request.headers.get("Accept-Language", ""))


def _row(prospect: Any) -> dict[str, Any]:
    consents = list(prospect.consents.all())
    return {
        "prospect": prospect,
        "work": ", ".join(filter(None, [prospect.title, prospect.employer])),
        "candidates": queries.gave_reference_for(consents),
        "version": consents[0].version if consents else None,
        "badge": export_badge(prospect),
        # The detail page shows the candidate id or the reason: the ATS documents no page URLs to link to.
        "leads_on": queries.export_state(prospect) in ("exported", "attention"),
    }
