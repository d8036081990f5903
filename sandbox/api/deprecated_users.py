"""The first Users API, at the root and deprecated: a role instead of a system role, pages by offset.

Older client libraries still call it. SmartRecruiters' reference: ``users.all``, ``users.me``, ``users.get``.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.api.users import found_users, named_user
from sandbox.clock import vendor_time
from sandbox.model import User
from sandbox.operation import Call, operation
from sandbox.paging import integer


def old_user_json(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "role": user.system_role,
        "externalData": None,
        "language": {"code": "en"},
        "active": user.active,
        "updatedOn": vendor_time(user.updated_on),
    }


async def me(call: Call) -> Response:
    return JSONResponse(old_user_json(call.user))


async def details(call: Call) -> Response:
    return JSONResponse(old_user_json(named_user(call)))


async def all_users(call: Call) -> Response:
    limit = integer(call.request, "limit", default=100, low=1, high=100)
    offset = integer(call.request, "offset", default=0, low=0, high=10_000_000)
    found = found_users(call)
    content = [old_user_json(user) for user in found[offset : offset + limit]]
    return JSONResponse({"totalFound": len(found), "limit": limit, "offset": offset, "content": content})


routes = [
    operation("GET", "/users/me", me, scopes=("users_read",)),
    operation("GET", "/users", all_users, scopes=("users_read",)),
    operation("GET", "/users/{id}", details, scopes=("users_read",)),
]
