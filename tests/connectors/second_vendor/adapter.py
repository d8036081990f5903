"""TalentDesk: the smallest vendor that the registry accepts. Implements `connectors.ats.Vendor`."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from connectors import ats, rates
from crosschq.core import clock
from tests.connectors.second_vendor.client import TalentDeskAts
from tests.connectors.second_vendor.site import Site, sign

CONSENT_PAGE = "https://talentdesk.example/allow"


@dataclass
class TalentDesk:
    site: Site = field(default_factory=Site)
    key: str = "talentdesk"
    name: str = "TalentDesk"
    product: str = "TalentDesk"
    events: tuple[str, ...] = ("moved",)
    permissions: tuple[ats.Permission, ...] = (
        ats.Permission(
            "read",
            label="Read candidates",
            purpose="See who was moved to the step",
            refusal="TalentDesk doesn't let us read candidates.",
            needed_by="Make Candidate Requests from TalentDesk",
            checked_by="candidates",
        ),
    )

    @property
    def offered(self) -> bool:
        return True

    def authorize_url(self, *, state: str) -> str:
        return f"{CONSENT_PAGE}?{urlencode({'state': state})}"

    def authorize_origin(self) -> str:
        return "https://talentdesk.example"

    def exchange(self, *, code: str) -> ats.Tokens:
        return self.site.tokens()

    def refresh(self, refresh_token: str) -> ats.Tokens:
        return self.site.tokens()

    def open(self, tokens: ats.TokenSource, limiter: rates.Limiter | None = None) -> ats.Ats:
        return TalentDeskAts(self.site)

    def budget(self) -> rates.Budget:
        return rates.Budget(calls=100, window_seconds=1.0, in_flight=10)

    def handshake_secret(self, headers: Mapping[str, str]) -> str | None:
        return None  # TalentDesk activates a webhook without calling it.

    def handshake_answer(self, secret: str) -> dict[str, str]:
        return {}

    def read_delivery(
        self, *, headers: Mapping[str, str], body: bytes, keys: Iterable[str]
    ) -> ats.VerifiedDelivery | None:
        signature = headers.get("X-TalentDesk-Signature", "")
        if not any(hmac.compare_digest(sign(body, key), signature) for key in keys):
            return None
        return ats.VerifiedDelivery(headers["X-TalentDesk-Event"], "moved", "1", clock.now())

    def parse_event(self, event_name: str, body: bytes) -> ats.AtsEvent:
        moved = json.loads(body)
        return ats.AtsEvent("moved", candidate_id=moved["candidate"], job_id=moved["job"])

    def parse_link(self, text: str) -> ats.LinkTarget | None:
        return None
