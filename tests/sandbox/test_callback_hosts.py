"""Which callback URLs a subscription may have: https, and http where the start options allow it."""

from __future__ import annotations

import pytest

from sandbox.config import Config, ConfigError
from tests.sandbox.running import run_sandbox


def config(**more: object) -> Config:
    return Config(client_id="c", client_secret="s", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://web:8000/hooks/1", True),
        ("http://WEB/hooks/1", True),
        ("http://proxy.internal/hooks/1", True),
        ("https://product.example/hooks/1", True),
        ("http://web.example/hooks/1", False),
        ("http://localhost:8000/hooks/1", False),
        ("http://u:p@web/hooks/1", False),
        ("http://web/hooks#1", False),
        ("http://web:port/", False),
        ("ftp://web/", False),
        ("https://[", False),
    ],
)
def test_http_callbacks_go_only_to_the_named_hosts(url: str, allowed: bool) -> None:
    assert config(callback_hosts=("web", "Proxy.internal")).callback_allowed(url) is allowed


def test_a_callback_host_and_this_machine_can_both_be_allowed() -> None:
    both = config(callback_hosts=("web",), allow_http_loopback=True)
    assert both.callback_allowed("http://web:8000/")
    assert both.callback_allowed("http://127.0.0.1:8000/")


def test_a_callback_host_is_not_a_redirect_uri() -> None:
    with pytest.raises(ConfigError):
        config(callback_hosts=("web",), redirect_uris=("http://web/cb",))


@pytest.mark.parametrize("name", ["", "http://web", "web:8000", "we b", "-web", "*"])
def test_only_host_names_are_accepted(name: str) -> None:
    with pytest.raises(ConfigError):
        config(callback_hosts=(name,))


def test_a_running_sandbox_accepts_a_subscription_of_a_named_host() -> None:
    with run_sandbox(allow_http_loopback=False, callback_hosts=("web",)) as strict:
        api = strict.admin()
        for host, status in (("web", 201), ("localhost", 422)):
            body = {"callbackUrl": f"http://{host}:8000/hook", "events": ["job.created"]}
            assert api.post("/webhooks-api/v201907/subscriptions", json=body).status_code == status
