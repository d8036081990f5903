"""How a prospect looks on staff pages."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crosschq.core.outbox.work_item import WorkState
from prospects.models import ExportItem, Outcome
from prospects.staff.queries import EXPORT_STATES, export_state

KINDS = {"exported": "ok", "waiting": "info", "attention": "err", "not_selected": "quiet"}


@dataclass(frozen=True)
class Tag:
    kind: str
    text: str


def export_tag(prospect: Any) -> Tag:
    state = export_state(prospect)
    return Tag(KINDS[state], str(EXPORT_STATES[state]))


def item_tag(item: ExportItem) -> Tag:
    match item.state:
        case WorkState.DONE:
            return Tag("ok", str(Outcome(item.outcome).label) if item.outcome else _("Exported"))
        case WorkState.HELD | WorkState.UNKNOWN | WorkState.DEAD:
            return Tag("err", _("Needs attention"))
        case WorkState.CANCELLED:
            return Tag("quiet", _("Not exported"))
    return Tag("info", _("Waiting"))
