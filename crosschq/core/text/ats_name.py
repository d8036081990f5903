"""The name of the ATS in pages and emails. The apps above register it, so that no text here names a vendor."""

from django.http import HttpRequest

_names: dict[str, str] = {}


def register(vendor: str, name: str) -> None:
    """Register a vendor's name. `connectors` calls this on load, once per vendor."""
    _names[vendor] = name


def ats_name(vendor: str = "") -> str:
    """The name of a vendor; of the first one registered if none is given or known."""
    return _names.get(vendor) or next(iter(_names.values()), "ATS")


def context(_request: HttpRequest) -> dict[str, str]:
    """Provides `{{ ats_name }}` to pages. A page about one connection uses `{{ connection.ats_name }}` instead."""
    return {"ats_name": ats_name()}
