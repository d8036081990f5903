"""SmartRecruiters' implementation of the port."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from django.conf import settings

from connectors import ats, rates
from connectors.smartrecruiters import oauth, signature
from connectors.smartrecruiters.attachments import Attachments
from connectors.smartrecruiters.candidates import Candidates
from connectors.smartrecruiters.client import Client
from connectors.smartrecruiters.configuration import Configuration
from connectors.smartrecruiters.events import EVENTS, parse_event
from connectors.smartrecruiters.jobs import Jobs
from connectors.smartrecruiters.links import parse_link
from connectors.smartrecruiters.messages import Messages
from connectors.smartrecruiters.permissions import PERMISSIONS
from connectors.smartrecruiters.prospects import Prospects
from connectors.smartrecruiters.site import Site
from connectors.smartrecruiters.users import Users
from connectors.smartrecruiters.webhooks import Webhooks

HANDSHAKE_HEADER = "X-Hook-Secret"


class SmartRecruiters:
    """The vendor, registered once for each site."""

    product = "SmartRecruiters"
    events: tuple[str, ...] = EVENTS
    permissions: tuple[ats.Permission, ...] = PERMISSIONS

    def __init__(self, site: Site) -> None:
        self.site = site
        self.key = site.key
        self.name = site.name

    @property
    def offered(self) -> bool:
        return self.site.exists

    def authorize_url(self, *, state: str) -> str:
        return oauth.authorize_url(self.site, state=state)

    def authorize_origin(self) -> str:
        parts = urlsplit(self.site.authorize_url)
        return f"{parts.scheme}://{parts.netloc}"

    def budget(self) -> rates.Budget:
        """developers.smartrecruiters.com/docs/rate-limiting: 10 calls per second and endpoint, 8 in flight, 1 search.

        The window is slightly longer than a second because calls don't arrive as evenly as we send them.
        """
        scale = settings.SMARTRECRUITERS["rate_scale"]
        return rates.Budget(calls=10, window_seconds=1.03, in_flight=8, in_flight_exclusive=1, scale=scale)

    def exchange(self, *, code: str) -> ats.Tokens:
        return oauth.exchange(self.site, code=code)

    def refresh(self, refresh_token: str) -> ats.Tokens:
        return oauth.refresh(self.site, refresh_token)

    def handshake_secret(self, headers: Mapping[str, str]) -> str | None:
        """Sent once, during activation (developers.smartrecruiters.com/docs/activating-webhook-subscriptions)."""
        return headers.get(HANDSHAKE_HEADER)

    def handshake_answer(self, secret: str) -> dict[str, str]:
        return {HANDSHAKE_HEADER: secret}

    def read_delivery(
        self, *, headers: Mapping[str, str], body: bytes, keys: Iterable[str]
    ) -> ats.VerifiedDelivery | None:
        return signature.read_delivery(headers=headers, body=body, keys=keys)

    def parse_event(self, event_name: str, body: bytes) -> ats.AtsEvent:
        return parse_event(event_name, body)

    def parse_link(self, text: str) -> ats.LinkTarget | None:
        return parse_link(text)

    def open(self, tokens: ats.TokenSource, limiter: rates.Limiter | None = None) -> ats.Ats:
        return SmartRecruitersAts(Client(api_url=self.site.api_url, tokens=tokens, limiter=limiter))


class SmartRecruitersAts(Users, Configuration, Jobs, Candidates, Prospects, Messages, Attachments, Webhooks):
    """The Customer API: one base class per API, one method per operation. Docstrings name the operation."""

    def __init__(self, client: Client) -> None:
        self.client = client
