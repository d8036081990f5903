from datetime import date, datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crosschq.core.text.dates import date_text, datetime_text, weekday_text
from crosschq.core.ui.library import register

NOTHING = "\N{EN DASH}"


@register.simple_tag
def when(moment: date | None, style: str = "full", *, empty: str = NOTHING) -> str:
    """A moment in the active time zone, with the zone's name unless it is a date. style: full, short, or date."""
    if moment is None:
        return empty
    if not isinstance(moment, datetime):
        return _time(moment.isoformat(), date_text(moment))
    local = timezone.localtime(moment)
    if style == "date":
        return _time(local.date().isoformat(), date_text(local))
    return _time(local.isoformat(timespec="seconds"), datetime_text(local, short=style == "short"))


@register.simple_tag
def due(moment: datetime) -> SafeString:
    """The end of a day: "Sunday, Nov 29, 2026, end of day (Berlin time)"."""
    local = timezone.localtime(moment)
    city = timezone.get_current_timezone_name().rpartition("/")[2].replace("_", " ")
    text = _("%(weekday)s, %(date)s, end of day (%(zone)s)") % {
        "weekday": weekday_text(local),
        "date": date_text(local),
        "zone": city if city == "UTC" else _("%(city)s time") % {"city": city},
    }
    return _time(local.isoformat(timespec="seconds"), text)


def _time(machine: str, text: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', machine, text)
