from django.core.exceptions import BadRequest
from django.http import HttpRequest


def requested_state(request: HttpRequest) -> bool:
    """The state that a switch's form asks for. Raises BadRequest (400) if it is missing."""
    posted = request.POST.get("on")
    if posted not in ("0", "1"):
        raise BadRequest("A switch posts 0 or 1.")
    return posted == "1"
