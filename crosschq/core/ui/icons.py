"""Our own line icons: one path each, on a 20-unit grid, drawn with a stroke of 1.75.

They are inlined instead of fetched as a sprite, so a phone page needs only two requests and the icons are there at
first paint. An icon always accompanies a word and is hidden from screen readers.
"""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from crosschq.core.ui.library import register

_CIRCLE = "M17.25 10a7.25 7.25 0 1 1-14.5 0 7.25 7.25 0 0 1 14.5 0z"

ICONS: dict[str, str] = {
    # Outcomes differ in shape, not only in color.
    "check": "M4.5 10.75l3.5 3.5 7.5-8.5",
    "dash-circle": f"{_CIRCLE}M6.75 10h6.5",
    "clock": f"{_CIRCLE}M10 5.75V10l2.75 1.75",
    "cross-circle": f"{_CIRCLE}M7.5 7.5l5 5m0-5l-5 5",
    "ring": "M14.5 10a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0z",
    "pause": "M7 4.75v10.5M13 4.75v10.5",
    "info": f"{_CIRCLE}M10 9.25v4.25M10 6.5v.01",
    "warn": "M10 3.25l7.5 13.25h-15zM10 8.25v3.75M10 14.25v.01",
    "chart": "M4 16.25v-5.5M10 16.25V3.75M16 16.25v-9",
    "star": "M10 2.75l2.2 4.6 5.05.7-3.65 3.5.9 5L10 14.15l-4.5 2.4.9-5-3.65-3.5 5.05-.7z",
    "shield": "M10 2.75l6 2.25v4.5c0 3.75-2.5 6.5-6 7.75-3.5-1.25-6-4-6-7.75V5z",
    "link": "M8.5 11.5a3.1 3.1 0 0 0 4.4.2l2.7-2.7a3.1 3.1 0 0 0-4.4-4.4l-1 1M11.5 8.5a3.1 3.1 0 0 0-4.4-.2L4.4 11"
    "a3.1 3.1 0 0 0 4.4 4.4l1-1",
    "send": "M17 3L2.75 8.25l6 3 3 6zM17 3l-8.25 8.25",
    "person": "M13 6.5a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM3.75 16.75c.5-3.25 3-4.75 6.25-4.75s5.75 1.5 6.25 4.75",
    "people": "M10.25 6.75a2.75 2.75 0 1 1-5.5 0 2.75 2.75 0 0 1 5.5 0zM2.25 16c.5-2.75 2.5-4 5.25-4s4.75 1.25 5.25 4"
    "M13 4.25a2.75 2.75 0 0 1 0 5M14.75 12.25c1.6.5 2.6 1.75 3 3.75",
    "letter": "M2.75 4.75h14.5v10.5H2.75zM3 5.25l7 5.5 7-5.5",
    "gear": "M12 10a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM15 10a5 5 0 1 1-10 0 5 5 0 0 1 10 0zM10 2.75V5M10 15v2.25M2.75 10H5"
    "M15 10h2.25M4.9 4.9l1.6 1.6M13.5 13.5l1.6 1.6M15.1 4.9l-1.6 1.6M6.5 13.5l-1.6 1.6",
    "plug": "M7.25 2.75v4M12.75 2.75v4M4.75 6.75h10.5v2.5a5.25 5.25 0 0 1-10.5 0zM10 14.5v2.75",
    "form": "M4.75 2.75h7l3.5 3.5v11H4.75zM11.75 2.75v3.5h3.5M7.5 10h5M7.5 13.25h5",
    "list": "M3.5 5.25v.01M3.5 10v.01M3.5 14.75v.01M7 5.25h9.5M7 10h9.5M7 14.75h9.5",
    "dots": "M10 4.25v.01M10 10v.01M10 15.75v.01",
    "plus": "M10 4v12M4 10h12",
    "up": "M10 16.25V4M5 9l5-5 5 5",
    "down": "M10 3.75V16M5 11l5 5 5-5",
    "left": "M12 4.5L6.5 10l5.5 5.5",
    "open": "M5.5 8l4.5 4.5L14.5 8",
    "download": "M10 3v9.5M5.5 8.5l4.5 4.5 4.5-4.5M3.5 16.75h13",
    "eye": "M2 10s3-5.25 8-5.25S18 10 18 10s-3 5.25-8 5.25S2 10 2 10z"
    "M12.25 10a2.25 2.25 0 1 1-4.5 0 2.25 2.25 0 0 1 4.5 0z",
    "menu": "M3 5.5h14M3 10h14M3 14.5h14",
    "out": "M11.5 3.25H4v13.5h7.5M8.5 10H17M14 7l3 3-3 3",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """A line icon of ICONS. Raises KeyError for an unknown name."""
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="{}"/></svg>',
        ICONS[name],
    )
