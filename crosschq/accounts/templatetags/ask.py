from typing import Any

from django import template
from django.urls import reverse

from crosschq.accounts.ask.ask import here
from crosschq.accounts.ask.askable import ACTS

register = template.Library()


@register.inclusion_tag("accounts/ask/ask.html", takes_context=True)
def ask(context: dict[str, Any], act: str, *, with_sentence: bool = True) -> dict[str, Any]:
    """Who can do what the reader can't, with a button that asks them. `act` is a key of ACTS."""
    request = context["request"]
    about = here(request.organization, request.path)
    url = reverse("ask:send", args=[request.organization.slug, act, about]) if about else ""
    return {
        "act": act,
        "sentence": ACTS[act].sentence if with_sentence else "",
        "url": url,
        "csrf_token": context.get("csrf_token"),
    }
