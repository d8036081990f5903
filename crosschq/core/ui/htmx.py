"""htmx acts on our own elements alone.

Each of them carries a key that only this session's pages know, as a nonce does in a content security policy. htmx
ignores an element that has one of its attributes and not the key, and everything inside of it. So markup from outside
does nothing, even on a page that forgot to escape it, and an element of ours that forgot the key does nothing either.
"""

import json

from django import template
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crosschq.core.ui.library import register

ATTRIBUTE = "data-htmx-key"
SALT = "crosschq.core.ui.htmx"
# Every attribute that htmx 2 reads, but for hx-on, which takes `allowEval`. A test compares them with its source.
READ_BY_HTMX = (
    *("boost", "confirm", "delete", "disable", "disabled-elt", "disinherit", "encoding", "ext", "get", "headers"),
    *("history", "history-elt", "include", "indicator", "inherit", "params", "patch", "post", "preserve", "prompt"),
    *("push-url", "put", "replace-url", "request", "revealed", "select", "select-oob", "swap", "swap-oob", "sync"),
    *("target", "trigger", "validate", "vals", "vars"),
)


@register.simple_tag(takes_context=True)
def htmx_key(context: template.Context) -> SafeString:
    """For each element with an hx- attribute, those too that only pass one on to what is inside of them."""
    return format_html('{}="{}"', ATTRIBUTE, _key(context))


@register.simple_tag(takes_context=True)
def htmx_config(context: template.Context) -> SafeString:
    """The first of its kind on a page counts, so it comes before anything that is not ours."""
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
    # A letter first: it stands in a selector without quotes.
    return "k" + salted_hmac(SALT, getattr(session, "session_key", None) or "", algorithm="sha256").hexdigest()[:32]
