"""Form fields shared by forms about people and organizations."""

import json
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crosschq.core.text import lengths
from crosschq.core.text.names import no_link
from crosschq.core.text.time_zones import aliases, canonical, is_known, places
from crosschq.core.ui.form_fields import LineField

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# The same minimum as in AUTH_PASSWORD_VALIDATORS.
PASSWORD_HINT = _("At least 12 characters. A short sentence works well.")
# For a machine without zone.tab. The database also lists rule-based zones (Etc/GMT+12), old names (W-SU, US/Pacific),
# and a placeholder (Factory).
AREAS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


def full_name() -> LineField:
    """A person's name, as emails and reports show it."""
    return LineField(
        label=_("Full name"),
        max_length=lengths.PERSON_NAME,
        validators=[no_link],
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
    )


def organization_name(hint: "StrPromise") -> LineField:
    """An organization's name, shown on candidate and reference pages and as the sender of emails."""
    return LineField(
        label=_("Organization name"),
        max_length=lengths.ORGANIZATION,
        help_text=hint,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


def time_zones(*, chosen: str = "") -> list[tuple[str, str]]:
    """Choices: cities by area, each by one name, UTC, and the current choice if it still exists."""
    zones = {canonical(chosen)} if chosen and is_known(canonical(chosen)) else set()
    return [(zone, zone.replace("_", " ")) for zone in sorted(offered_zones() | zones)]


@cache
def offered_zones() -> frozenset[str]:
    """The zones that forms offer. Cached, because this reads a file for each zone."""
    named = places() or {zone for zone in available_timezones() if zone.partition("/")[0] in AREAS and "/" in zone}
    return frozenset(zone for zone in named - aliases().keys() if is_known(zone)) | {"UTC"}


class LongSelect(forms.Select):
    """A list of hundreds of options. Django renders three templates for each, which takes ten times as long."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        selected = flatatt({"selected": True})
        rows = ((option, selected if option == (value or "") else "", label) for option, label in self.choices)
        options = format_html_join("\n", '<option value="{}"{}>{}</option>', rows)
        given = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>\n{}\n</select>', name, given, options)


class TimeZoneField(forms.ChoiceField):
    """A time zone. Another name of an offered one, which a browser may use, means the offered one."""

    def __init__(self, **kwargs: Any) -> None:
        widget = LongSelect(attrs={"data-aliases": json.dumps(aliases(), separators=(",", ":"))})
        super().__init__(label=_("Time zone"), widget=widget, **kwargs)

    def to_python(self, value: Any) -> str:
        return canonical(super().to_python(value))
