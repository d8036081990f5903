"""Where a SmartRecruiters company lives: on the vendor's own hosts, or on those of its sandbox companies.

A customer's sandbox company is a connector of its own, with a connection and settings of its own, so that both can be
connected at a time. The app's id and secret are the same for both.
"""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Site:
    """`prefix` leads the names of its hosts in settings.SMARTRECRUITERS."""

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
