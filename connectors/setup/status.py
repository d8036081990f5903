"""What every page says about a connection: one judgment, from its state, its last check, and its most urgent problem.

The status tag, the cards, the switch's hint and the result of a task all ask here, so that none contradicts another.
"""

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from connectors.models import Connection, ConnectionState
from connectors.setup import problems, setup_changes
from connectors.setup.checklist import Checklist
from connectors.setup.problems import ConnectionProblem


@dataclass(frozen=True)
class ConnectionStatus:
    """The status of a connection that isn't disconnected. Call inside `tenant()`."""

    connection: Connection
    checklist: Checklist

    @cached_property
    def problem(self) -> ConnectionProblem | None:
        return problems.most_urgent(self.connection, self.checklist)

    @property
    def has_sign_in(self) -> bool:
        """Whether the ATS accepted our last sign-in. If it didn't, the last check's findings are out of date."""
        return self.connection.state == ConnectionState.CONNECTED

    @property
    def works(self) -> bool:
        """Whether moves reach us and requests can be decided, as far as we know."""
        return self.has_sign_in and not (self.problem and self.problem.kind == "problem")

    @cached_property
    def tag(self) -> tuple[str, str]:
        """The kind and the words of the status tag."""
        if not self.has_sign_in:
            return "err", _("Needs sign-in")
        if not self.works:
            return "err", _("Needs attention")
        if self.connection.paused_at:
            return "warn", _("Paused")
        if setup_changes.lost(self.connection):
            return "warn", _("Needs attention")
        if not self.checklist.is_over and self.checklist.done < self.checklist.total:
            words = _("Setup %(done)s of %(total)s")
            return "info", words % {"done": self.checklist.done, "total": self.checklist.total}
        if self.problem:
            return "warn", _("Needs attention")
        if self.checklist.context.snapshot is None:
            return "info", _("Not checked yet")
        return "ok", _("Connected")

    @property
    def icon(self) -> str:
        return "pause" if self.connection.paused_at and self.tag[0] == "warn" else ""

    @property
    def what_moves_do(self) -> str:
        """What keeps a candidate who is moved now, while requests are on, from getting a request; empty if nothing."""
        if not self.has_sign_in:
            return _("Candidates you move wait until an admin signs in again, and then get a request.")
        if self.connection.paused_at:
            return _("While the connector is paused, candidates you move are only listed in the event log.")
        if not self.works:
            return _("Candidates you move wait until the problem of this connection is fixed.")
        if self.problem and self.problem.is_total:
            return _("Candidates you move don't get a request until the problem of this connection is fixed.")
        return ""

    @property
    def hint_of_switch(self) -> str:
        """What the switch for requests says while it is on."""
        return self.what_moves_do or _(
            "Candidates you move to the step get a request. While this is off, they are only listed in the event log."
        )

    @property
    def from_now_on(self) -> str:
        """What changes when requests are turned on or resumed."""
        first = self.what_moves_do or _("From now on, candidates you move to the step get a request.")
        return " ".join([first, _("Candidates already there won't be contacted.")])
