"""The sentences of bulk actions: headings, buttons, and the numbers on the confirmation."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from requests_app.bulk.verdicts import Verdict
from requests_app.models import Act, LeftOut


def heading(act: str, count: int) -> str:
    patterns = {
        Act.REMIND: ngettext("Send reminders for %(count)s request?", "Send reminders for %(count)s requests?", count),
        Act.REASSIGN: ngettext("Reassign %(count)s request?", "Reassign %(count)s requests?", count),
        Act.EXTEND: ngettext("Extend %(count)s request?", "Extend %(count)s requests?", count),
        Act.CANCEL: ngettext("Cancel %(count)s request?", "Cancel %(count)s requests?", count),
    }
    return patterns[Act(act)] % {"count": intcomma(count)}


def button(act: str, count: int) -> str:
    patterns = {
        Act.REMIND: ngettext("Send reminders for %(count)s request", "Send reminders for %(count)s requests", count),
        Act.REASSIGN: ngettext("Reassign %(count)s request", "Reassign %(count)s requests", count),
        Act.EXTEND: ngettext("Extend %(count)s request", "Extend %(count)s requests", count),
        Act.CANCEL: ngettext("Cancel %(count)s request", "Cancel %(count)s requests", count),
    }
    return patterns[Act(act)] % {"count": intcomma(count)}


def title(act: str) -> str:
    """The heading of an action's progress and result pages."""
    titles = {
        Act.REMIND: _("Reminders"),
        Act.REASSIGN: _("Change of owner"),
        Act.EXTEND: _("Extension"),
        Act.CANCEL: _("Cancellation"),
    }
    return titles[Act(act)]


def done(act: str, count: int) -> str:
    """What was done, for example: 17 reassigned. A reminder may wait for the end of quiet hours."""
    patterns = {
        Act.REMIND: ngettext("%(count)s reminded, or will be", "%(count)s reminded, or will be", count),
        Act.REASSIGN: ngettext("%(count)s reassigned", "%(count)s reassigned", count),
        Act.EXTEND: ngettext("%(count)s extended", "%(count)s extended", count),
        Act.CANCEL: ngettext("%(count)s canceled", "%(count)s canceled", count),
    }
    return patterns[Act(act)] % {"count": intcomma(count)}


@dataclass(frozen=True)
class Numbers:
    """What an action would do: how many requests it is about, and how many emails go out now or after quiet hours."""

    now: int
    later: int
    emails: int
    left_out: tuple[tuple[str, int], ...]

    @property
    def acts(self) -> int:
        return self.now + self.later


def numbers(verdicts: Sequence[Verdict]) -> Numbers:
    why = Counter(verdict.left_out for verdict in verdicts if verdict.left_out is not None)
    acting = [verdict for verdict in verdicts if verdict.left_out is None]
    later = sum(verdict.is_later for verdict in acting)
    reasons = tuple((str(LeftOut(reason).label), count) for reason, count in why.most_common())
    return Numbers(len(acting) - later, later, sum(len(verdict.people) for verdict in acting), reasons)
