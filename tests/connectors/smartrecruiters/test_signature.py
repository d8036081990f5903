"""Whether a delivery really comes from the vendor."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from connectors.smartrecruiters.signature import Delivery, is_genuine, read_delivery, sign

# developers.smartrecruiters.com/reference/subscriptionsgeneratesecretkey-1
OFFICIAL = Delivery(
    body=b'{"job_id":"jid","candidate_id":"cid"}',
    timestamp="1574080897",
    event_id="123",
    event_name="application.created",
    event_version="v201910",
    link="<http://smartrecruiters.com/endpoint>; rel=self",
    signature="v1=2e9291f10d44ca10204a4cd81b05d73b6a316b2b605d4e2e0e0b37b40198ce1f",
)
KEY = "HeBVky2bccvvkcXPimH8c"


def test_the_vendors_published_example_is_genuine() -> None:
    assert is_genuine(OFFICIAL, [KEY])


@pytest.mark.parametrize(
    "changed",
    [
        replace(OFFICIAL, body=b'{"job_id":"jid","candidate_id": "cid"}'),
        replace(OFFICIAL, body=OFFICIAL.body[:-1]),
        replace(OFFICIAL, timestamp="1574080898"),
        replace(OFFICIAL, event_id="124"),
        replace(OFFICIAL, event_name="application.updated"),
        replace(OFFICIAL, event_version=""),
        replace(OFFICIAL, link="http://smartrecruiters.com/endpoint; rel=self"),
        replace(OFFICIAL, signature=""),
        replace(OFFICIAL, signature="v1="),
        replace(OFFICIAL, signature=OFFICIAL.signature[:-1]),
        replace(OFFICIAL, signature=OFFICIAL.signature.upper()),
        replace(OFFICIAL, signature=OFFICIAL.signature.replace("v1=", "v2=")),
        replace(OFFICIAL, signature="v1=" + "é" * 64),
        replace(OFFICIAL, signature=";;=;v1"),
    ],
)
def test_any_change_is_noticed(changed: Delivery) -> None:
    assert not is_genuine(changed, [KEY])


def test_one_valid_signature_or_key_among_several_is_enough() -> None:
    second = "v1=" + sign(OFFICIAL, "second-secret-key")
    both = replace(OFFICIAL, signature=f"v1={'0' * 64}; {second}")
    assert is_genuine(both, ["other", "second-secret-key"])
    assert not is_genuine(both, ["other"])
    assert not is_genuine(both, [])


@pytest.mark.parametrize("separator", [";", ",", "; ", ", ", " ,", ";;", ",;"])
@pytest.mark.parametrize("digits", [str.lower, str.upper, str.title])
def test_signatures_may_be_separated_by_commas_and_uppercase(separator: str, digits: Callable[[str], str]) -> None:
    parts = [f"v1={digits(sign(OFFICIAL, key))}" for key in ("first", "second")]
    both = replace(OFFICIAL, signature=separator.join(parts))
    assert is_genuine(both, ["first"])
    assert is_genuine(both, ["second"])
    assert not is_genuine(both, ["other"])


@pytest.mark.parametrize("timestamp", ["", "soon", "-1", "1574080897.5", "²", "9" * 40])
def test_a_signed_delivery_without_a_time_is_refused(timestamp: str) -> None:
    odd = replace(OFFICIAL, timestamp=timestamp)
    headers = {
        "smartrecruiters-timestamp": timestamp,
        "event-id": odd.event_id,
        "event-name": odd.event_name,
        "event-version": odd.event_version,
        "Link": odd.link,
        "smartrecruiters-signature": "v1=" + sign(odd, KEY),
    }
    assert read_delivery(headers=headers, body=odd.body, keys=[KEY]) is None
