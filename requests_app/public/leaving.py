"""The Back button of a form, which saves what was typed. Without scripts, a link could only discard it."""

from typing import Any

from django import forms
from django.http import HttpRequest


def leaves(request: HttpRequest) -> bool:
    """Whether Back was clicked rather than the form's main button."""
    return request.POST.get("then") == "back"


def has_nothing_to_save(request: HttpRequest, form: forms.Form) -> bool:
    """Whether Back was clicked on an unchanged form, whose fields don't need to be valid."""
    return leaves(request) and not form.has_changed()


def context(request: HttpRequest, back_url: str) -> dict[str, Any]:
    """The context of the form's template. `leave_url` is set if the input can't be saved as it is, so the page asks."""
    return {"back_url": back_url, "leave_url": back_url if leaves(request) else ""}
