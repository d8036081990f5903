from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _

from crosschq.core.ui.library import register


@register.inclusion_tag("includes/switch.html", takes_context=True)
def switch(
    context: template.Context,
    label: str,
    *,
    on: bool,
    action: str,
    hint: str = "",
    name: str = "on",
    id: str = "",  # noqa: A002 - a tag's argument is named as the attribute that it becomes
    state: str = "",
    warn: bool = False,
    may_turn: bool = True,
) -> dict[str, Any]:
    """A setting that takes effect immediately, in its own form, which posts the new state: 1 or 0.

    Without `may_turn` it is read-only text: the label and the state.
    """
    key = id or f"switch-{slugify(label, allow_unicode=True)}"
    return {
        "request": context.get("request"),
        "label": label,
        "on": on,
        "action": action,
        "hint": hint,
        "name": name,
        "id": key,
        "state": state or (_("On") if on else _("Off")),
        "warn": warn,
        "may_turn": may_turn,
    }


@register.inclusion_tag("includes/post_button.html")
def post_button(
    action: str,
    text: str,
    *,
    kind: str = "",
    small: bool = False,
    name: str = "",
    value: object = "",
    hidden: str = "",
) -> dict[str, Any]:
    """A button in its own form, for an action that changes data. `hidden` adds to its name for screen readers."""
    return {
        "action": action,
        "text": text,
        "kind": kind,
        "small": small,
        "name": name,
        "value": value,
        "hidden": hidden,
    }


@register.simple_block_tag
def menu(content: str, name: str) -> SafeString:
    """The three-dots menu. `name` labels it: "Actions for Engineering"."""
    return render_to_string("includes/menu.html", {"content": content, "name": name})


@register.inclusion_tag("includes/menu_link.html")
def menu_link(url: str, text: str, *, danger: bool = False) -> dict[str, Any]:
    return {"url": url, "text": text, "danger": danger}


@register.inclusion_tag("includes/menu_post.html")
def menu_post(action: str, text: str, *, danger: bool = False, name: str = "", value: object = "") -> dict[str, Any]:
    return {
        "action": action,
        "text": text,
        "danger": danger,
        "name": name,
        "value": value,
    }


@register.simple_block_tag(takes_context=True)
def confirm(
    context: template.Context,
    content: str,
    *,
    label: str,
    cancel: str,
    action: str = "",
    danger: bool = True,
    cancel_label: str = "",
) -> SafeString:
    """A confirmation page: what the action does, a way back, and then the action."""
    return render_to_string(
        "includes/confirm.html",
        {
            "content": content,
            "label": label,
            "cancel": cancel,
            "cancel_label": cancel_label or _("Cancel"),
            "danger": danger,
            "action": action,
            "csrf_token": context.get("csrf_token"),
        },
    )
