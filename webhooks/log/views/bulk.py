"""Acts on many events: what failed since a date, moves that wait because there were so many, and review and send."""

from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from connectors import registry
from connectors.models import Connection
from crosschq.core import clock
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Role
from webhooks import connection_jobs
from webhooks.decision import burst_guard, readiness
from webhooks.log import replay, review
from webhooks.log.display_names import named, with_names
from webhooks.log.lookup import find_connection
from webhooks.models import KEPT, ConnectionJobKind, InboundEvent, Replay

SHOWN = 200


class Since(forms.Form):
    since = forms.DateField(
        label=gettext_lazy("Failed since"),
        help_text=gettext_lazy("The day it came in, as the event log shows it."),
        widget=forms.DateInput({"type": "date"}),
    )

    def begin(self) -> datetime:
        """The first moment of that day in the organization's time zone; events are not kept for longer than KEPT."""
        earliest = timezone.localdate() - KEPT - timedelta(days=1)
        return timezone.make_aware(datetime.combine(max(self.cleaned_data["since"], earliest), time()))


@member_page(Role.RECRUITER)
def replay_failed(request: MemberRequest, vendor: str) -> HttpResponse:
    connection = find_connection(vendor)
    week_ago = timezone.localdate(clock.now() - timedelta(days=7))
    form = Since(request.POST or request.GET or None, initial={"since": week_ago})
    context: dict[str, Any] = {"vendor": registry.vendor(vendor), "connection": connection, "form": form}
    if form.is_bound and form.is_valid():
        since = form.begin()
        some = request.POST.get("act") == "chosen"
        chosen = _uids(request.POST.getlist("event")) if some else None
        if request.method == "POST" and (chosen or not some):
            made = replay.replay(connection, since=since, actor=request.user, chosen=chosen)
            return redirect("events:replayed", slug=request.organization.slug, vendor=vendor, uid=made.uid)
        if request.method == "POST":
            messages.info(request, _("Choose a move first."))
        failed = replay.failed_since(connection, since)
        context |= {"count": failed.count(), "events": _newest(failed)}
    return render(request, "webhooks/log/replay.html", context)


@member_page(Role.RECRUITER)
def replayed(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    """What came of a replay, so far."""
    connection = find_connection(vendor)
    made = get_object_or_404(Replay, connection=connection, uid=uid)
    under_way, lines = replay.result(made)
    context = {
        "vendor": registry.vendor(vendor),
        "made": made,
        "under_way": under_way,
        "lines": lines,
        "events": _newest(made.events.all()),
        "count": made.events.count(),
    }
    return render(request, "webhooks/log/replayed.html", context)


def _newest(rows: "QuerySet[InboundEvent]") -> list[InboundEvent]:
    return named(with_names(rows.defer("body")).order_by("-created_at", "-pk")[:SHOWN])


@member_page(Role.RECRUITER)
def flooded(request: MemberRequest, vendor: str) -> HttpResponse:
    """Moves that wait because there were so many: choose all or some, see the numbers, send, or send them nothing."""
    connection, act = find_connection(vendor), request.POST.get("act", "")
    may_send = readiness.may_send(connection)
    if request.method == "POST":
        chosen = _uids(request.POST.getlist("shown" if act == "all" else "event"))
        if chosen and may_send and act in ("all", "choose"):
            return _confirm_flood(request, connection, chosen)
        _act_on_flood(request, connection, act, chosen)
        return redirect("events:flood", slug=request.organization.slug, vendor=vendor)
    waiting = burst_guard.waiting(connection)
    context = {
        "vendor": registry.vendor(vendor),
        "connection": connection,
        "events": list(waiting[:SHOWN]),
        "count": waiting.count(),
        "why_not": readiness.why_not(connection),
        "may_manage": request.membership.may(Role.ADMIN),
    }
    return render(request, "webhooks/log/burst.html", context)


def _confirm_flood(request: MemberRequest, connection: Connection, chosen: list[UUID]) -> HttpResponse:
    events = list(burst_guard.waiting(connection).filter(uid__in=chosen[:SHOWN]))
    if not events:
        messages.info(request, _("None of them waits anymore."))
        return redirect("events:flood", slug=request.organization.slug, vendor=connection.vendor)
    return _numbers(request, connection, events, back="events:flood", back_words=_("Moves that wait"))


def _act_on_flood(request: MemberRequest, connection: Connection, act: str, chosen: list[UUID]) -> None:
    if not chosen or act not in ("all", "choose", "send", "aside"):
        messages.info(request, _("Choose somebody first."))
    elif act == "aside":
        _say_aside(request, review.decline(connection, chosen=chosen, actor=request.user))
    elif why := readiness.why_not(connection):
        messages.error(
            request, _("%(why)s They go on waiting.") % {"why": why}, extra_tags=_("Nothing can be sent now")
        )
    else:
        _say_sent(request, burst_guard.confirm(connection, actor=request.user, chosen=chosen))


def _numbers(
    request: MemberRequest,
    connection: Connection,
    events: list[InboundEvent],
    *,
    back: str,
    back_words: str,
    left_out: int = 0,
) -> HttpResponse:
    """How many would get what, before anything goes out. `back`: the list, which also sends."""
    by_template = Counter(event.values.get("template", "") for event in events)
    context = {
        "vendor": registry.vendor(connection.vendor),
        "events": events,
        "by_template": sorted(by_template.items()),
        "left_out": left_out,
        "back_url": reverse(back, args=[request.organization.slug, connection.vendor]),
        "back_words": back_words,
    }
    return render(request, "webhooks/log/review_send.html", context)


def _say_sent(request: MemberRequest, count: int) -> None:
    if not count:
        messages.info(request, _("None of them waits anymore."))
        return
    words = ngettext(
        "%(count)d request is looked at once more and goes out now.",
        "%(count)d requests are looked at once more and go out now.",
        count,
    )
    messages.success(request, words % {"count": count}, extra_tags=_("On its way"))


def _say_aside(request: MemberRequest, count: int) -> None:
    if not count:
        messages.info(request, _("None of them waits anymore."))
        return
    words = ngettext(
        "%(count)d candidate is set aside and gets no request. The event log keeps it.",
        "%(count)d candidates are set aside and get no request. The event log keeps them.",
        count,
    )
    messages.success(request, words % {"count": count}, extra_tags=_("Set aside"))


def _uids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@member_page(Role.RECRUITER)
def review_and_send(request: MemberRequest, vendor: str) -> HttpResponse:
    """Who gets nothing by itself: look through them, choose, see the numbers, send. Only the last press writes."""
    connection, act = find_connection(vendor), request.POST.get("act")
    chosen = _uids(request.POST.getlist("event"))
    if request.method == "POST" and act == "choose" and chosen:
        return _confirm_review(request, connection, chosen)
    if request.method == "POST":
        _act_on_review(request, connection, act or "", chosen)
        return redirect("events:review", slug=request.organization.slug, vendor=vendor)
    waiting = review.waiting(connection)
    context = {
        "vendor": registry.vendor(vendor),
        "connection": connection,
        "events": list(waiting[:SHOWN]),
        "count": waiting.count(),
        "why_not": readiness.why_not(connection),
        "may_manage": request.membership.may(Role.ADMIN),
        "all_chosen": request.GET.get("all") == "1",
        "looking": connection_jobs.is_due(connection, ConnectionJobKind.SCAN_STEP),
    }
    return render(request, "webhooks/log/review.html", context)


def _confirm_review(request: MemberRequest, connection: Connection, chosen: list[UUID]) -> HttpResponse:
    found = list(review.waiting(connection).filter(uid__in=chosen[:SHOWN]))
    events = [event for event in found if not event.values.get("missing")]
    if found and not events:
        messages.info(request, _("They can get nothing now. Put right what is missing, then look again."))
    elif not events:
        messages.info(request, _("None of them waits anymore."))
    if not events:
        return redirect("events:review", slug=request.organization.slug, vendor=connection.vendor)
    left_out = len(found) - len(events)
    back, words = "events:review", _("Review and send")
    return _numbers(request, connection, events, back=back, back_words=words, left_out=left_out)


def _act_on_review(request: MemberRequest, connection: Connection, act: str, chosen: list[UUID]) -> None:
    if act == "look":
        review.look_again(connection)
        messages.success(request, _("SmartRecruiters is asked now. This takes a moment."))
    elif not chosen or act not in ("send", "aside"):
        messages.info(request, _("Choose somebody first."))
    elif act == "send":
        _say_sent(request, review.send(connection, chosen=chosen, actor=request.user))
    else:
        _say_aside(request, review.set_aside(connection, chosen=chosen, actor=request.user))
