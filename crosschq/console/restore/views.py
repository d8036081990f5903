"""The page about work on hold after a restore: the evidence about it, and sending or dropping it."""

from collections import Counter
from uuid import UUID

from django.contrib import messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from crosschq.console.restore import waiting
from crosschq.core.models import Installation
from crosschq.core.restore import ledgers
from crosschq.core.restore.held import Known
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from webhooks.log import review


@member_page(Role.VIEWER)
@never_cache
def index(request: MemberRequest) -> HttpResponse:
    installation, counts = Installation.objects.filter(pk=1).first(), waiting.counted()
    rows = waiting.rows(request.organization, most=waiting.SHOWN)[: waiting.SHOWN]
    context = {
        "installation": installation,
        "rows": rows,
        "counts": counts,
        "groups": [(known, counts.by_evidence[known]) for known in Known if counts.by_evidence[known]],
        "to_review": waiting.to_review(request.organization),
        "most_counted": review.MOST_COUNTED_ELSEWHERE,
        "may_decide": request.membership.may(Role.RECRUITER),
        "Known": Known,
        "unread_erasures": ledgers.missing(ledgers.ERASURES, installation) if installation else [],
        "unread_sent": ledgers.missing(ledgers.SENT, installation) if installation else [],
    }
    return render(request, "console/restore/held.html", context)


@member_page(Role.RECRUITER)
@never_cache
@require_POST
def decide(request: MemberRequest) -> HttpResponse:
    """Show the numbers first, then send or drop what was chosen: rows, or everything with the same evidence."""
    act, _space, what = request.POST.get("act", "").partition(" ")
    chosen = _chosen(request, what)
    rows = waiting.rows(request.organization, uids=chosen) if chosen and act in ("send", "drop") else []
    if not rows:
        messages.info(request, _("Choose something that is still on hold."))
    elif "sure" in request.POST:
        _carry_out(request, act, chosen)
    else:
        context = {
            "act": act,
            "rows": rows[: waiting.SHOWN],
            "chosen": chosen,
            "by_kind": sorted(Counter(row.what for row in rows).items()),
            "went_out": sum(row.went_out for row in rows),
            "not_known": sum(row.known == Known.NOTHING for row in rows),
            "not_sent": sum(row.was_not_sent for row in rows),
        }
        return render(request, "console/restore/decide.html", context)
    return redirect("restored:held", slug=request.organization.slug)


def _chosen(request: MemberRequest, what: str) -> list[UUID]:
    """The rows that a button names, those with the evidence that it names, or those whose boxes are checked."""
    if what in Known.values:
        return waiting.uids_of(what)
    found = []
    for text in [what] if what else request.POST.getlist("item")[: waiting.MOST]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _carry_out(request: MemberRequest, act: str, chosen: list[UUID]) -> None:
    if act == "send":
        count = waiting.send(request.organization, chosen, actor=request.user)
        words = ngettext("%(count)s message goes out now.", "%(count)s messages go out now.", count)
        messages.success(request, words % {"count": intcomma(count)}, extra_tags=_("On its way"))
    else:
        count = waiting.drop(request.organization, chosen, actor=request.user)
        words = ngettext("%(count)s message won't be sent.", "%(count)s messages won't be sent.", count)
        messages.success(request, words % {"count": intcomma(count)}, extra_tags=_("Dropped"))
