"""Vendor key → vendor folder. The only module that imports vendor folders; the next ATS is one more line."""

from .ats import Vendor
from .smartrecruiters.adapter import SmartRecruiters

VENDORS: dict[str, Vendor] = {vendor.key: vendor for vendor in (SmartRecruiters(),)}


def vendor(key: str) -> Vendor:
    """Raises KeyError for a vendor that nobody wrote."""
    return VENDORS[key]
