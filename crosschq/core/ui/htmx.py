"""Restricts htmx to our own elements.

Each of our elements has a key that only pages of this session know, like a nonce in a content security policy. htmx
ignores an element that has an htmx attribute without the key, and everything inside it. So injected markup does
nothing, even if a page forgot to escape it.
"""

import json

from django import template
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crosschq.core.ui.library import register

ATTRIBUTE = "data-htmx-key"
SALT = "crosschq.core.ui.htmx"
# Every attribute that htmx 2 reads, except hx-on, which needs `allowEval`. A test compares them with its source.
READ_BY_HTMX = (
    *("boost", "confirm", "delete", "disable", "disabled-elt", "disinherit", "encoding", "ext", "get", "headers"),
    *("history", "history-elt", "include", "indicator", "inherit", "params", "patch", "post", "preserve", "prompt"),
    *("push-url", "put", "replace-url", "request", "revealed", "select", "select-oob", "swap", "swap-oob", "sync"),
    *("target", "trigger", "validate", "vals", "vars"),
)


@register.simple_tag(takes_context=True)
def htmx_key(context: template.Context) -> SafeString:
    """Required on every element with an hx- attribute, even one that only passes it on to its children."""
    return format_html('{}="{}"', ATTRIBUTE, _key(context))


@register.simple_tag(takes_context=True)
def htmx_config(context: template.Context) -> SafeString:
    """htmx reads only the first config on a page, so place it before any content."""
    attributes = ",".join(f"[hx-{name}],[data-hx-{name}]" for name in READ_BY_HTMX)
    config = {
        "includeIndicatorStyles": False,
        "allowEval": False,
        "allowScriptTags": False,
        "allowNestedOobSwaps": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "disableSelector": f":is({attributes}):not([{ATTRIBUTE}={_key(context)}])",
    }
    return format_html('<meta name="htmx-config" content="{}">', json.dumps(config, separators=(",", ":")))


def _key(context: template.Context) -> str:
    session = getattr(context.get("request"), "session", None)
    # Start with a letter, so that the selector needs no quotes.
    return "k" + salted_hmac(SALT, getattr(session, "session_key", None) or "", algorithm="sha256").hexdigest()[:32]
