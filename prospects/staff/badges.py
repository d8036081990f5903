"""Status badges for prospects and export items on staff pages."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crosschq.core.outbox.work_item import WorkState
from prospects.models import ExportItem, ExportOutcome
from prospects.staff.queries import EXPORT_STATES, export_state

KINDS = {"exported": "ok", "waiting": "info", "attention": "err", "not_selected": "quiet"}


@dataclass(frozen=True)
class ExportBadge:
    kind: str
    text: str


def export_badge(prospect: Any) -> ExportBadge:
    state = export_state(prospect)
    return ExportBadge(KINDS[state], str(EXPORT_STATES[state]))


def item_badge(item: ExportItem) -> ExportBadge:
    match item.state:
        case WorkState.DONE:
            return ExportBadge("ok", str(ExportOutcome(item.outcome).label) if item.outcome else _("Exported"))
        case WorkState.HELD | WorkState.UNKNOWN | WorkState.DEAD:
            return ExportBadge("err", _("Needs attention"))
        case WorkState.CANCELLED:
            return ExportBadge("quiet", _("Not exported"))
    return ExportBadge("info", _("Waiting"))
