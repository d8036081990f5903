"""Headers that tell browsers what a response is and must not be used for, beyond those that Django sets."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

NO_DEVICES = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "autoplay", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer"),
        *("microphone", "midi", "payment", "screen-wake-lock", "usb", "xr-spatial-tracking"),
    )
)


class BrowserRulesMiddleware:
    """Adds the headers to every response, or to every page. A view that sets one itself keeps it.

    After signing out, the browser's Back button must not show a page again: pages of someone with a session aren't
    stored. Neither are redirects and errors, which browsers may otherwise keep, together with the secret link that led
    to them (RFC 9111, section 4.2.2).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if is_page:
            # For pages only: a file doesn't need these headers, which would make an icon a fifth larger.
            response.headers.setdefault("Permissions-Policy", NO_DEVICES)
            response.headers.setdefault("Content-Language", get_language() or settings.LANGUAGE_CODE)
        is_other = response.status_code >= 300 and response.status_code != 304
        if is_other or (is_page and settings.SESSION_COOKIE_NAME in request.COOKIES):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
