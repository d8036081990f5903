"""The name of the ATS in pages and emails. The apps above register it, so that no text here names a vendor."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

_names: dict[str, str] = {}


def register(vendor: str, name: str) -> None:
    """Register a vendor's name. `connectors` calls this on load, once per vendor."""
    _names[vendor] = name


def ats_name(vendor: str = "") -> str:
    """The name of a vendor. Without one: the name of the only ATS of this installation; "the ATS" if it has several."""
    names = {_names[vendor]} if vendor in _names else set(_names.values())
    return names.pop() if len(names) == 1 else _("the ATS")


def context(_request: HttpRequest) -> dict[str, str]:
    """Provide `{{ ats_name }}` to pages. A page about one connection uses `{{ connection.ats_name }}` instead."""
    return {"ats_name": ats_name()}
