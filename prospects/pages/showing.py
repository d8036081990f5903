"""How a prospect looks on staff pages."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crosschq.core.work import State

from ..export_models import ExportItem, Outcome
from ..listing import EXPORT_STATES, export_state

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
        case State.DONE:
            return Tag("ok", str(Outcome(item.outcome).label) if item.outcome else _("Exported"))
        case State.HELD | State.UNKNOWN | State.DEAD:
            return Tag("err", _("Needs attention"))
        case State.CANCELLED:
            return Tag("quiet", _("Not exported"))
    return Tag("info", _("Waiting"))
