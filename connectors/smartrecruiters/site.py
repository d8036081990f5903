"""The hosts of a SmartRecruiters company: production, or the vendor's sandbox.

A customer's sandbox company is a separate connector with its own connection and settings, so that both can be
connected at the same time. Both use the same client id and secret.
"""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Site:
    """`prefix` starts the names of its hosts in settings.SMARTRECRUITERS."""

    key: str
    name: str
    prefix: str

    @property
    def exists(self) -> bool:
        return bool(self.api_url)

    @property
    def authorize_url(self) -> str:
        return self._host("authorize_url")

    @property
    def token_url(self) -> str:
        return self._host("token_url")

    @property
    def api_url(self) -> str:
        return self._host("api_url")

    @property
    def callback_path(self) -> str:
        return f"/connect/{self.key}/callback"

    def _host(self, name: str) -> str:
        url: str = settings.SMARTRECRUITERS[self.prefix + name]
        return url


COMPANIES = Site(key="smartrecruiters", name="SmartRecruiters", prefix="")
SANDBOX_COMPANIES = Site(key="smartrecruiters-sandbox", name="SmartRecruiters sandbox", prefix="sandbox_")
