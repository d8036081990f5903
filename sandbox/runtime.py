"""The running sandbox: settings, state, and everything that sends and receives."""

from __future__ import annotations

from copy import copy, deepcopy
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import cast

import httpx
from starlette.requests import HTTPConnection

from sandbox.config import Config
from sandbox.deliveries import Dispatcher
from sandbox.events import Event, Voice
from sandbox.model import Application, Candidate, Job
from sandbox.ratelimit import Limiter
from sandbox.state import State, new_id, new_state
from sandbox.texter import Texter

COMPANY_COOKIE = "sandbox_company"


class Sandbox:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.whole = self
        self.state: State = new_state(config)
        self.kept: dict[str, State] = {}
        # One client calls all subscribers: cookies set by one must never reach another.
        no_cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        self.client = httpx.AsyncClient(cookies=no_cookies, follow_redirects=False, trust_env=False, timeout=30.0)
        self.dispatcher = Dispatcher(lambda: self.state, self.client)
        self.texter = Texter(lambda: self.state, self.client, config)
        self.smtp_port: int | None = None

    def of(self, state: State) -> Sandbox:
        """The same sandbox for one of its companies. Change what belongs to no company on ``whole``."""
        view = copy(self)
        view.state = state
        return view

    @property
    def api_url(self) -> str:
        """Base URL of links in API responses, without a trailing slash."""
        return self.config.public_url

    def tell_application(self, name: str, application: Application, **more: str) -> str:
        """Queue an event for all subscribers; returns its id. A background task sends it."""
        return self._tell(self._voice().application(new_id(), name, application, **more))

    def tell_job(self, name: str, job_id: str) -> str:
        return self._tell(self._voice().job(new_id(), name, job_id))

    def tell_candidate(self, name: str, candidate_id: str) -> str:
        return self._tell(self._voice().candidate(new_id(), name, candidate_id))

    def _voice(self) -> Voice:
        switches = self.state.switches
        return Voice(
            self.api_url,
            switches.event_version,
            quoted=switches.link_form == "quoted",
            upper=switches.id_case == "upper_in_events",
        )

    def keep_past(self, current: Job | Candidate) -> None:
        """Call before a change, so that reads can lag behind it."""
        self.state.past.keep(current, until=self.state.clock.now())

    def keep_gone(self, candidate: Candidate) -> None:
        """Call when a profile is deleted or merged, so that reads can lag behind it."""
        self.state.past.keep_gone(candidate, since=self.state.clock.now())

    def _tell(self, event: Event) -> str:
        self.dispatcher.fire(event, users=self.state.world.users)
        return event.id

    def reset(self) -> None:
        """Start over: same companies and ids, no grants, no subscriptions, clock at zero."""
        self.whole.state = new_state(self.config)

    def keep(self, name: str) -> None:
        """Save the current state for `restore`."""
        self.whole.kept[name] = deepcopy(self.whole.state)

    def restore(self, name: str) -> bool:
        """Restore the state saved under this name. Returns False if none was saved."""
        kept = self.whole.kept.get(name)
        if kept is None:
            return False
        self.whole.state = deepcopy(kept)
        # No call is in flight, and none was made within this second.
        self.whole.state.limiter = Limiter(self.config.rate_scale)
        return True


def sandbox_of(connection: HTTPConnection) -> Sandbox:
    """The running sandbox for the company selected in the console or given to the control plane.

    The API gets its company from the token instead.
    """
    sandbox = cast(Sandbox, connection.app.state.sandbox)
    path, company = connection.url.path, ""
    if path.startswith("/console"):
        company = connection.cookies.get(COMPANY_COOKIE, "")
    elif path.startswith("/_sandbox"):
        company = connection.query_params.get("company", "")
    return sandbox.of(sandbox.state.of_company(company)) if company in sandbox.state.worlds else sandbox
