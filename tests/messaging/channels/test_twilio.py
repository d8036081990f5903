"""The signature of Twilio's callbacks."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from crosschq.messaging.channels.twilio import Twilio, signature
from sandbox.texts import signature as of_the_sandbox

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
# The worked example of https://www.twilio.com/docs/usage/security
FIELDS = {
    "CallSid": ["CA1234567890ABCDE"],
    "Caller": ["+14158675309"],
    "Digits": ["1234"],
    "From": ["+14158675309"],
    "To": ["+18005551212"],
}
SIGNED = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
WORDS = st.text(st.characters(codec="utf-8"), max_size=20)


def is_authentic(fields: dict[str, list[str]], *, url: str = URL, signed: str = SIGNED) -> bool:
    gateway = Twilio("AC", "12345", "+12025550100", "https://api.twilio.com")
    return gateway.is_authentic(url=url, fields=fields, headers={"X-Twilio-Signature": signed})


def test_the_documented_example_is_authentic() -> None:
    assert is_authentic(FIELDS)


def test_a_changed_callback_is_refused() -> None:
    assert not is_authentic({**FIELDS, "Digits": ["1235"]})
    assert not is_authentic({**FIELDS, "More": [""]})
    assert not is_authentic({name: values for name, values in FIELDS.items() if name != "To"})
    assert not is_authentic(FIELDS, url=URL.replace("bar=2", "bar=3"))
    assert not is_authentic(FIELDS, signed="")
    assert not is_authentic(FIELDS, signed=SIGNED[:-2])


@given(WORDS, WORDS, st.dictionaries(WORDS, WORDS, max_size=5))
def test_two_independent_implementations_agree(token: str, url: str, fields: dict[str, str]) -> None:
    ours = signature(token, url, {name: [value] for name, value in fields.items()})
    assert base64.b64encode(ours).decode() == of_the_sandbox(token, url, fields)
