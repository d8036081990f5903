"""The button Back of a form: it saves what was typed. Without scripts, a link could only discard it."""

from typing import Any

from django import forms
from django.http import HttpRequest


def leaves(request: HttpRequest) -> bool:
    """Whether Back was pressed and not the form's main button."""
    return request.POST.get("then") == "back"


def has_nothing_to_save(request: HttpRequest, form: forms.Form) -> bool:
    """Whether Back was pressed on a form that nobody changed, so that its fields needn't be right."""
    return leaves(request) and not form.has_changed()


def context(request: HttpRequest, back_url: str) -> dict[str, Any]:
    """For the form's template. `leave_url`: what was typed can't be saved as it is, so the page asks."""
    return {"back_url": back_url, "leave_url": back_url if leaves(request) else ""}
