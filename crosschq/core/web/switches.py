from django.core.exceptions import BadRequest
from django.http import HttpRequest


def requested_state(request: HttpRequest) -> bool:
    """What the press of a switch asks for. A form that did not arrive whole asks for neither: 400."""
    posted = request.POST.get("on")
    if posted not in ("0", "1"):
        raise BadRequest("A switch posts 0 or 1.")
    return posted == "1"
