from datetime import datetime
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.paginator import Page
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crosschq.core.database.counting import in_words
from crosschq.core.text.person_names import full_name
from crosschq.core.ui.library import register

STATUS_ICONS = {
    "ok": "check",
    "warn": "dash-circle",
    "err": "cross-circle",
    "info": "clock",
    "quiet": "ring",
}
BANNER_ICONS = {
    "success": "check",
    "problem": "cross-circle",
    "warn": "warn",
    "info": "info",
}
EVIDENCE_ICONS = {"ok": "check", "stop": "dash-circle", "skip": "ring"}

register.filter("counted", in_words)
register.filter("intcomma", intcomma)


@register.inclusion_tag("includes/status_tag.html")
def status_tag(kind: str, text: str, *, icon: str = "") -> dict[str, Any]:
    """kind: ok, warn, err, info or quiet."""
    return {"kind": kind, "text": text, "icon": icon or STATUS_ICONS[kind]}


@register.simple_block_tag
def card(
    content: str,
    title: str,
    *,
    level: int = 2,
    id: str = "",  # noqa: A002 - a tag's argument is named as the attribute that it becomes
    note: str = "",
    tag: str = "",
    tag_text: str = "",
) -> SafeString:
    context = {
        "content": content,
        "title": title,
        "level": level,
        "id": id,
        "note": note,
        "tag": tag,
        "text": tag_text,
    }
    return render_to_string("includes/card.html", context)


@register.simple_block_tag
def task(content: str, title: str, state: str, *, text: str = "", url: str = "") -> SafeString:
    """A task list item. state: done, todo, problem, or cannot (start yet)."""
    words = {
        "done": _("Done"),
        "todo": _("To do"),
        "problem": _("Problem"),
        "cannot": _("Can't start yet"),
    }
    context = {
        "content": content,
        "title": title,
        "state": state,
        "text": text or words[state],
        "url": url,
    }
    return render_to_string("includes/task.html", context)


@register.simple_block_tag
def empty_state(content: str, title: str, *, icon: str = "letter") -> SafeString:
    return render_to_string("includes/empty_state.html", {"content": content, "title": title, "icon": icon})


@register.simple_block_tag
def banner(content: str, kind: str, title: str) -> SafeString:
    """kind: success, problem, warn or info."""
    return render_to_string(
        "includes/banner.html",
        {"content": content, "kind": kind, "title": title, "icon": BANNER_ICONS[kind]},
    )


@register.inclusion_tag("includes/messages.html", takes_context=True)
def message_banners(context: template.Context) -> dict[str, Any]:
    """Django's messages as banners, each once, even if a double click left it twice. extra_tags becomes the heading."""
    looks = {
        "success": ("success", _("Saved")),
        "error": ("problem", _("Something went wrong")),
        "warning": ("warn", _("Note")),
    }
    shown = []
    for message in context.get("messages") or ():
        kind, title = looks.get(message.level_tag, ("info", _("Note")))
        banner = {
            "kind": kind,
            "title": message.extra_tags or title,
            "icon": BANNER_ICONS[kind],
            "text": str(message),
        }
        if banner not in shown:
            shown.append(banner)
    return {"shown": shown}


@register.simple_block_tag
def timeline_item(content: str, moment: datetime | None, *, kind: str = "quiet") -> SafeString:
    """kind: ok, warn, err, info, quiet or planned."""
    return render_to_string(
        "includes/timeline_item.html",
        {
            "content": content,
            "moment": moment,
            "kind": kind,
            "icon": STATUS_ICONS.get(kind, "clock"),
        },
    )


@register.simple_block_tag
def why(content: str, step: str, result: str) -> SafeString:
    """One check in an explanation. result: ok, stop (the reason), or skip (not reached)."""
    words = {"ok": _("Passed"), "stop": _("Stopped here"), "skip": _("Not reached")}
    context = {
        "content": content,
        "step": step,
        "result": result,
        "icon": EVIDENCE_ICONS[result],
        "word": words[result],
    }
    return render_to_string("includes/why.html", context)


@register.inclusion_tag("includes/pager.html", takes_context=True)
def pager(
    context: template.Context, page: Page[Any], *, param: str = "page", newest_first: bool = False
) -> dict[str, Any]:
    """Links to the pages beside it that keep the filters; nothing for a single page.

    A second list on a page has its own `param`, which is also the id of its card. newest_first: see the template.
    """

    def query(number: int) -> str:
        asked = context["request"].GET.copy()
        asked[param] = str(number)
        return f"?{asked.urlencode()}" + ("" if param == "page" else f"#{param}")

    return {
        "numbered": page,
        "newest_first": newest_first,
        "back": query(page.previous_page_number()) if page.has_previous() else "",
        "onward": query(page.next_page_number()) if page.has_next() else "",
    }


@register.inclusion_tag("includes/back.html")
def back(url: str, text: str = "") -> dict[str, Any]:
    return {"url": url, "text": text or _("Back")}


@register.inclusion_tag("includes/progress.html")
def progress(number: int, total: int, *, noun: str = "") -> dict[str, Any]:
    return {"number": number, "total": total, "noun": noun or _("Question")}


@register.inclusion_tag("includes/quote.html")
def quote(text: str, *, author: str, role: str = "") -> dict[str, Any]:
    return {"text": text, "author": author, "role": role}


@register.inclusion_tag("includes/copy_value.html")
def copy_value(text: str) -> dict[str, Any]:
    """A value with a copy button. Without JavaScript, one click selects the value."""
    return {"text": text}


@register.simple_tag
def initials(name: str) -> SafeString:
    """A decorative tile with the first letters of the first and last words."""
    words = full_name(name).split()
    letters = "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
    return format_html('<span class="initials" aria-hidden="true">{}</span>', letters)
