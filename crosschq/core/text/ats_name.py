"""The name of the ATS in pages and emails. The apps above register it, so that no text here names a vendor."""

from django.http import HttpRequest

_names: dict[str, str] = {}


def register(vendor: str, name: str) -> None:
    """Register a vendor's name. `connectors` calls this when it loads, for each vendor on offer."""
    _names[vendor] = name


def ats_name(vendor: str = "") -> str:
    """The name of a vendor; of the first one offered if none is given or known."""
    return _names.get(vendor) or next(iter(_names.values()), "ATS")


def context(_request: HttpRequest) -> dict[str, str]:
    """`{{ ats_name }}` for pages. A page about one connection says `{{ connection.ats_name }}`."""
    return {"ats_name": ats_name()}
