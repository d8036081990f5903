"""Users API, base /user-api/v201804 (developers.smartrecruiters.com/reference/usersall)."""

from connectors import ats
from connectors.smartrecruiters.answer import Node, read_each
from connectors.smartrecruiters.client import Client, Operation

BASE = "/user-api/v201804/users"
# The reference names users_read alone for it; the guide to OAuth has user_me_read for just this call.
ME = Operation("GET", f"{BASE}/me", ("user_me_read", "users_read"))
ALL = Operation("GET", BASE, ("users_read",))
ONE = Operation("GET", f"{BASE}/{{id}}", ("users_read",))


class Users:
    client: Client

    def me(self) -> ats.AtsUser:
        """users.me: who granted the access."""
        return _person(self.client.ask(ME))

    def users(self) -> list[ats.AtsUser]:
        """users.all, all pages. Takes a user who may manage users."""
        return read_each(self.client.pages(ALL, params={"limit": "100"}), _person)

    def user(self, user_id: str) -> ats.AtsUser:
        """users.get. Takes a user who may manage users."""
        found = self.client.ask(ONE, {"id": user_id})
        found.same("id", user_id)
        return _person(found)


def _person(item: Node) -> ats.AtsUser:
    first, last = item.text("firstName", default=""), item.text("lastName", default="")
    return ats.AtsUser(
        id=item.id(),
        name=f"{first} {last}".strip(),
        email=item.text("email", default=""),
        active=item.flag("active", default=True),
    )
