"""What pages and emails call the ATS. The apps above give its name, so that no text names a vendor."""

from django.http import HttpRequest

_names: dict[str, str] = {}


def register(vendor: str, name: str) -> None:
    """Called by `connectors` when it loads, once for each vendor that this installation offers."""
    _names[vendor] = name


def ats_name(vendor: str = "") -> str:
    """The name of a vendor; of the first one that is offered where no vendor is given or known."""
    return _names.get(vendor) or next(iter(_names.values()), "ATS")


def context(_request: HttpRequest) -> dict[str, str]:
    """`{{ ats_name }}` for pages. A page about one connection says `{{ connection.ats_name }}`."""
    return {"ats_name": ats_name()}
