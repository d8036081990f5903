from datetime import date, datetime

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crosschq.core.ui.library import register

NOTHING = "\N{EN DASH}"


@register.simple_tag
def when(moment: date | None, style: str = "full", *, empty: str = NOTHING) -> str:
    """A moment in the active time zone, always with that zone's name. style: full, short, or date."""
    if moment is None:
        return empty
    if not isinstance(moment, datetime):
        return _time(moment.isoformat(), date_format(moment, "j F Y"))
    local = timezone.localtime(moment)
    if style == "date":
        return _time(local.isoformat(), date_format(local, "j F Y"))
    shape = "j M H:i" if style == "short" else "j F Y, H:i"
    return _time(
        local.isoformat(timespec="seconds"),
        f"{date_format(local, shape)} {_zone(local)}",
    )


@register.simple_tag
def due(moment: datetime) -> SafeString:
    """The end of a day as people say it: "Sunday 29 November 2026, end of day (Berlin time)"."""
    local = timezone.localtime(moment)
    place = timezone.get_current_timezone_name().rpartition("/")[2].replace("_", " ")
    text = _("%(day)s, end of day (%(place)s time)") % {
        "day": date_format(local, "l j F Y"),
        "place": place,
    }
    return _time(local.isoformat(timespec="seconds"), text)


def _time(machine: str, text: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', machine, text)


def _zone(local: datetime) -> str:
    """CET, or UTC+03 where the zone has no letters of its own."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name
