"""Users API, base /user-api/v201804 (developers.smartrecruiters.com/reference/usersall)."""

from connectors import ats
from connectors.smartrecruiters.answer import Node, read_each
from connectors.smartrecruiters.candidates import names_of
from connectors.smartrecruiters.client import Client, Operation
from crosschq.core.text.lengths import PERSON_NAME, fitted
from crosschq.core.text.person_names import full_name

BASE = "/user-api/v201804/users"
# The reference lists only users_read; the OAuth guide lists user_me_read for exactly this call.
ME = Operation("GET", f"{BASE}/me", ("user_me_read", "users_read"))
ALL = Operation("GET", BASE, ("users_read",))
ONE = Operation("GET", f"{BASE}/{{id}}", ("users_read",))


class Users:
    client: Client

    def me(self) -> ats.AtsUser:
        """users.me: the user who granted access"""
        return _user(self.client.ask(ME))

    def users(self) -> list[ats.AtsUser]:
        """users.all, all pages. The connecting user must be allowed to manage users."""
        return read_each(self.client.pages(ALL, params={"limit": "100"}), _user)

    def user(self, user_id: str) -> ats.AtsUser:
        """users.get. The connecting user must be allowed to manage users."""
        found = self.client.ask(ONE, {"id": user_id})
        found.expect("id", user_id)
        return _user(found)


def _user(item: Node) -> ats.AtsUser:
    return ats.AtsUser(
        id=item.id(),
        name=fitted(full_name(*names_of(item)), PERSON_NAME),
        email=item.email(),
        active=item.flag("active", default=True),
    )
