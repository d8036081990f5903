"""The first Users API, deprecated: the product doesn't call it, but older client libraries do."""

from __future__ import annotations

from tests.contract.cases import fails, succeeds
from tests.contract.cases_of_company import EXTENDED, NOBODY
from tests.contract.stage import Stage

ME, USERS, USER = (f"GET /users{end}" for end in ("/me", "", "/{id}"))


@succeeds(ME)
def who_granted_the_access_by_the_old_address(stage: Stage) -> None:
    stage.raw(ME, "/users/me")


@succeeds(USERS)
def all_users_by_the_old_address(stage: Stage) -> None:
    stage.raw(USERS, "/users")


@succeeds(USERS)
def some_users_by_the_old_address(stage: Stage) -> None:
    query = {"q": "acme", "limit": "2", "offset": "1", "updatedAfter": "2020-01-31T09:00:00.000Z"}
    answer = stage.raw(USERS, "/users", params=query)
    assert len(answer.json()["content"]) == 2


@fails(USERS, 403, "PERMISSION_DENIED")
def users_of_the_old_address_asked_for_by_a_user_who_does_not_manage_them(stage: Stage) -> None:
    stage.raw(USERS, "/users", user=EXTENDED)


@succeeds(USER)
def one_user_by_the_old_address(stage: Stage) -> None:
    stage.raw(USER, f"/users/{stage.sandbox.user('Tom Becker')}")


@fails(USER, 403, "PERMISSION_DENIED")
def a_user_of_the_old_address_asked_for_by_a_user_who_does_not_manage_them(stage: Stage) -> None:
    stage.raw(USER, f"/users/{stage.sandbox.user(EXTENDED)}", user=EXTENDED)


@fails(USER, 404)
def nobody_by_the_old_address(stage: Stage) -> None:
    stage.raw(USER, f"/users/{NOBODY}")
