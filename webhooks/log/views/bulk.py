"""Pages that act on many events: replay of failed moves, moves held in a burst, and review and send."""

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
from crosschq.core.database.counting import MOST_COUNTED, count_up_to
from crosschq.tenancy.access import MemberRequest, member_page
from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.retention import RetentionKind, period_of
from webhooks.decision import burst_guard, readiness
from webhooks.log import replay, review
from webhooks.log.display_names import named, with_names
from webhooks.log.lookup import find_connection
from webhooks.log.outlook import with_outlook
from webhooks.models import InboundEvent, Replay

SHOWN = 200


class ReplayForm(forms.Form):
    since = forms.DateField(
        label=gettext_lazy("Failed since"),
        help_text=gettext_lazy("The day the event arrived, as shown in the event log."),
        widget=forms.DateInput({"type": "date"}),
    )

    def begin(self, organization: Organization) -> datetime:
        """Return the start of that day in the organization's time zone, at most as long ago as events are kept."""
        kept_since = period_of(organization, RetentionKind.EVENTS).before(clock.now())
        earliest = timezone.localdate(kept_since) - timedelta(days=1)
        return timezone.make_aware(datetime.combine(max(self.cleaned_data["since"], earliest), time()))


@member_page(Role.RECRUITER)
def replay_failed(request: MemberRequest, vendor: str) -> HttpResponse:
    connection = find_connection(vendor)
    week_ago = timezone.localdate(clock.now() - timedelta(days=7))
    form = ReplayForm(request.POST or request.GET or None, initial={"since": week_ago})
    context: dict[str, Any] = {"vendor": registry.vendor(vendor), "connection": connection, "form": form}
    if form.is_bound and form.is_valid():
        since = form.begin(request.organization)
        some = request.POST.get("act") == "chosen"
        chosen = _uids(request.POST.getlist("event")) if some else None
        if request.method == "POST" and (chosen or not some):
            made = replay.replay(connection, since=since, actor=request.user, chosen=chosen)
            return redirect("events:replayed", slug=request.organization.slug, vendor=vendor, uid=made.uid)
        if request.method == "POST":
            messages.info(request, _("Choose a move first."))
        failed = replay.failed_since(connection, since)
        context |= {"count": count_up_to(failed), "most": MOST_COUNTED, "events": _newest(failed)}
    return render(request, "webhooks/log/replay.html", context)


@member_page(Role.RECRUITER)
def replayed(request: MemberRequest, vendor: str, uid: UUID) -> HttpResponse:
    """The results of a replay so far."""
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
def burst(request: MemberRequest, vendor: str) -> HttpResponse:
    """Moves held in a burst: choose all or some, see the numbers, then send or discard them."""
    connection, act = find_connection(vendor), request.POST.get("act", "")
    may_send = readiness.may_send(connection)
    if request.method == "POST":
        chosen = _uids(request.POST.getlist("shown" if act == "all" else "event"))
        if chosen and may_send and act in ("all", "choose"):
            return _confirm_burst(request, connection, chosen)
        _act_on_burst(request, connection, act, chosen)
        return redirect("events:flood", slug=request.organization.slug, vendor=vendor)
    waiting = burst_guard.waiting(connection)
    context = {
        "vendor": registry.vendor(vendor),
        "connection": connection,
        "events": with_outlook(connection, named(with_names(waiting)[:SHOWN])),
        "count": count_up_to(waiting),
        "blocked_reason": readiness.blocked_reason(connection),
        "may_manage": request.membership.may(Role.ADMIN),
    }
    return render(request, "webhooks/log/burst.html", context)


def _confirm_burst(request: MemberRequest, connection: Connection, chosen: list[UUID]) -> HttpResponse:
    waiting = burst_guard.waiting(connection).filter(uid__in=chosen[:SHOWN])
    events = with_outlook(connection, named(with_names(waiting)))
    if not events:
        messages.info(request, _("None of them is waiting anymore."))
        return redirect("events:flood", slug=request.organization.slug, vendor=connection.vendor)
    return _confirmation(request, connection, events, back="events:flood", back_words=_("Held moves"))


def _act_on_burst(request: MemberRequest, connection: Connection, act: str, chosen: list[UUID]) -> None:
    if not chosen or act not in ("all", "choose", "send", "aside"):
        messages.info(request, _("Choose someone first."))
    elif act == "aside":
        _say_set_aside(request, review.set_aside_burst(connection, chosen=chosen, actor=request.user))
    elif why := readiness.blocked_reason(connection):
        messages.error(
            request, _("%(why)s The moves stay on hold.") % {"why": why}, extra_tags=_("Nothing can be sent now")
        )
    else:
        _say_sent(request, burst_guard.confirm(connection, actor=request.user, chosen=chosen))


def _confirmation(
    request: MemberRequest,
    connection: Connection,
    events: list[InboundEvent],
    *,
    back: str,
    back_words: str,
    left_out: int = 0,
) -> HttpResponse:
    """Show how many requests each template would send, before sending anything. `back`: the list, which also sends."""
    by_template = Counter(event.outlook.template for event in events)  # type: ignore[attr-defined]
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
        messages.info(request, _("None of them is waiting anymore."))
        return
    words = ngettext(
        "We're checking %(count)d request one last time, then sending it.",
        "We're checking %(count)d requests one last time, then sending them.",
        count,
    )
    messages.success(request, words % {"count": count}, extra_tags=_("On its way"))


def _say_set_aside(request: MemberRequest, count: int) -> None:
    if not count:
        messages.info(request, _("None of them is waiting anymore."))
        return
    words = ngettext(
        "%(count)d move was set aside and won't start a request. The event log keeps it.",
        "%(count)d moves were set aside and won't start requests. The event log keeps them.",
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
    """Candidates who get a request only if a member sends it: choose, see the numbers, send."""
    connection, act = find_connection(vendor), request.POST.get("act")
    chosen = _uids(request.POST.getlist("event"))
    if request.method == "POST" and act == "choose" and chosen:
        return _confirm_review(request, connection, chosen)
    if request.method == "POST":
        _act_on_review(request, connection, act or "", chosen)
        return redirect("events:review", slug=request.organization.slug, vendor=vendor)
    after = request.GET.get("after", "")
    page = review.page(connection, after)
    if after and not page.events:  # the last ones were just decided
        return redirect("events:review", slug=request.organization.slug, vendor=vendor)
    is_whole = not page.next and not after
    context = {
        "vendor": registry.vendor(vendor),
        "connection": connection,
        "events": with_outlook(connection, page.events),
        "count": len(page.events) if is_whole else review.counted(connection)[0],
        "after": after,
        "next": page.next,
        "blocked_reason": readiness.blocked_reason(connection),
        "may_manage": request.membership.may(Role.ADMIN),
        "all_chosen": request.GET.get("all") == "1",
        "looking": review.looking(connection),
    }
    return render(request, "webhooks/log/review.html", context)


def _confirm_review(request: MemberRequest, connection: Connection, chosen: list[UUID]) -> HttpResponse:
    waiting = review.waiting(connection).filter(uid__in=chosen[:SHOWN])
    found = with_outlook(connection, named(with_names(waiting)))
    events = [event for event in found if not event.outlook.missing]  # type: ignore[attr-defined]
    if found and not events:
        messages.info(request, _("Nothing can be sent to them now. Fix what's missing, then check again."))
    elif not events:
        messages.info(request, _("None of them is waiting anymore."))
    if not events:
        return redirect("events:review", slug=request.organization.slug, vendor=connection.vendor)
    left_out = len(found) - len(events)
    back, words = "events:review", _("Review and send")
    return _confirmation(request, connection, events, back=back, back_words=words, left_out=left_out)


def _act_on_review(request: MemberRequest, connection: Connection, act: str, chosen: list[UUID]) -> None:
    if act == "look":
        review.refresh(connection)
        messages.success(request, _("We're asking %(ats)s now. This takes a moment.") % {"ats": connection.ats_name})
    elif not chosen or act not in ("send", "aside"):
        messages.info(request, _("Choose someone first."))
    elif act == "send":
        _say_sent(request, review.send(connection, chosen=chosen, actor=request.user))
    else:
        _say_set_aside(request, review.set_aside(connection, chosen=chosen, actor=request.user))
