"""Public brand files for pages opened by secret link. Each URL is derived from the file's content."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crosschq.accounts.branding.brand import find_logo
from crosschq.tenancy import colors
from crosschq.tenancy.access import public_page
from crosschq.tenancy.scope import cross_tenant

# RFC 8246: the URL changes with the content, so a cached copy never expires.
FOR_GOOD = "public, max-age=31536000, immutable"


@public_page
@require_safe
def stylesheet(request: HttpRequest, color: str) -> HttpResponse:
    """Serve the stylesheet for a color. Reads no rows and reveals no organization."""
    try:
        parsed = colors.parsed(color)
    except ValueError as error:
        raise Http404 from error
    if colors.palette(parsed).key != color:
        raise Http404
    return _kept(colors.stylesheet(parsed).encode(), "text/css; charset=utf-8")


@public_page
@require_safe
def logo(request: HttpRequest, digest: str) -> HttpResponse:
    with cross_tenant("a logo is loaded by its digest, by browsers without a session"):
        found = find_logo(digest)
    if found is None:
        raise Http404
    response = _kept(bytes(found.data), found.content_type)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # emails show it, in webmail of any site
    return response


def _kept(content: bytes, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Cache-Control"] = FOR_GOOD
    return response
