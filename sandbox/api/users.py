"""Users API, base ``/user-api/v201804``."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.access import manages_users
from sandbox.api.filters import after
from sandbox.clock import vendor_time
from sandbox.errors import ApiError, bad_request
from sandbox.model import User
from sandbox.operation import Call, operation
from sandbox.paging import page

BASE = "/user-api/v201804"
ROLE_NAMES = {
    "ADMINISTRATOR": "Administrator",
    "EXTENDED": "Extended",
    "STANDARD": "Standard",
    "RESTRICTED": "Restricted",
    "EMPLOYEE": "Employee",
}


def user_json(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "systemRole": {"id": user.system_role, "name": ROLE_NAMES[user.system_role]},
        "externalData": None,
        "ssoIdentifier": None,
        "ssoLoginMode": "PASSWORD",
        "language": {"code": "en"},
        "active": user.active,
        "updatedOn": vendor_time(user.updated_on),
        "accessGroups": [],
    }


async def me(call: Call) -> Response:
    return JSONResponse(user_json(call.user))


async def details(call: Call) -> Response:
    return JSONResponse(user_json(named_user(call)))


async def all_users(call: Call) -> Response:
    part = page(call.request, found_users(call), key=lambda user: user.id, kind="users", default=100)
    body: dict[str, Any] = {"limit": part.limit, "content": [user_json(user) for user in part.items]}
    if part.next_page_id is not None:
        body["nextPageId"] = part.next_page_id
    return JSONResponse(body)


def named_user(call: Call) -> User:
    """The user in the path; raises 403 if the caller doesn't manage users, or 404."""
    _may_manage(call.user)
    user = call.state.world.users.get(call.path("id"))
    if user is None:
        raise ApiError(404, "USER_NOT_FOUND", "User not found.")
    return user


def found_users(call: Call) -> list[User]:
    """All users that match ``q`` and ``updatedAfter``; raises 403 if the caller doesn't manage users."""
    _may_manage(call.user)
    return [user for user in call.state.world.users.values() if _matches(user, call.request)]


def _may_manage(user: User) -> None:
    if not manages_users(user):
        raise ApiError(403, "PERMISSION_DENIED", "Not permitted to manage users.")


def _matches(user: User, request: Request) -> bool:
    since = after(request, "updatedAfter")
    if since is not None and user.updated_on <= since:
        return False
    q = request.query_params.get("q")
    if q is None:
        return True
    if len(q) < 3:
        raise bad_request("q must be at least 3 characters.")
    return q.casefold() in f"{user.first_name} {user.last_name} {user.email}".casefold()


routes = [
    operation("GET", f"{BASE}/users/me", me, scopes=("user_me_read", "users_read")),
    operation("GET", f"{BASE}/users", all_users, scopes=("users_read",)),
    operation("GET", f"{BASE}/users/{{id}}", details, scopes=("users_read",)),
]
