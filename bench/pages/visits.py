"""Who opens which pages: every page of tests/architecture/policy.py, and lists with what they offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.world import World

LOG, REQUESTS, PROSPECTS, AUDIT = "events:list", "requests:list", "prospects:list", "audit:list"
# What lists offer. The word of a copy's number finds one candidate; "maya" finds all.
QUERIES = {
    REQUESTS: (
        *("state=all", "state=open", "state=done", "state=ended", "state=needs", "state=all&view=all&sort=due"),
        *("state=all&view=all&sort=candidate", "state=done&view=all&sort=due", "view=all&state=all&q=maya"),
        *("view=all&state=all&q={word}", "view=all&state=all&q=nobody", "view=all&status=expired", "view=all&due=7"),
        *("view=mine", "view=all&state=all&job=Backend+Engineer", "view=all&state=all&after={request}"),
        *("view=all&state=all&before={request}", "view=all&state=all&sort=urgent&after={request}", "q=maya"),
        *("view=all&state=open&after={request}", "view=all&state=done&q=priya+maya+engineer"),
        "view=all&state=all&template={template}",
        *("view=all&state=needs&owner=dana@acme.example", "view=all&state=open&sort=due&status=ready"),
    ),
    "requests:bulk": ("act=extend&all=1&view=all&state=all&q=maya",),
    "requests:download": ("view=all&state=all&q=maya",),
    LOG: (
        *("outcome=all", "outcome=fail", "outcome=sent", "text=maya", "text={word}", "text=nobody"),
        *("outcome=all&text={word}", "before={event}", "outcome=all&before={event}", "outcome=all&after={event}"),
        *("since=2026-01-01", "outcome=all&template={template}"),
    ),
    PROSPECTS: (
        "q=ana",
        "q={word}",
        "q=nobody",
        "export=exported",
        "export=not_selected",
        "export=not_selected&q=ana",
        "ending=on",
        "after={prospect}",
    ),
    "reports:shared": ("by={member}", "after={reader}", "before={reader}"),
    AUDIT: ("person=crosschq", "action=request.share", "since=2026-01-01", "before={entry}"),
}


def of_world(world: World) -> list[tuple[str, str, str]]:
    """The name, the path and the member's email, empty for pages without a member, of every page that opens by GET."""
    from crosschq.tenancy.models import Role
    from tests.architecture.policy import POLICY
    from tests.architecture.world import all_routes

    owner, found = world.members[Role.OWNER].email, []
    for route in all_routes():
        line = POLICY[route.name]
        if line.only_post or line.kind == "signature" or route.name == "callback:callback":
            continue
        path, member = world.url(route), owner if line.kind in ("member", "signed_in") else ""
        found.append((route.name, path, member))
        found += [(f"{route.name} {query}", f"{path}?{query}", member) for query in QUERIES.get(route.name, ())]
    return found
