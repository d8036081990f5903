"""Vendor key → vendor folder. The only module that imports vendor folders; the next ATS is one more line."""

from connectors.ats import Vendor
from connectors.smartrecruiters.adapter import SmartRecruiters
from connectors.smartrecruiters.site import COMPANIES, SANDBOX_COMPANIES

KNOWN: dict[str, Vendor] = {
    vendor.key: vendor for vendor in (SmartRecruiters(COMPANIES), SmartRecruiters(SANDBOX_COMPANIES))
}


def vendors() -> list[Vendor]:
    """Those that this installation is set up for."""
    return [vendor for vendor in KNOWN.values() if vendor.offered]


def offers(key: str) -> bool:
    return key in KNOWN and KNOWN[key].offered


def vendor(key: str) -> Vendor:
    """Raises KeyError for a vendor that nobody wrote."""
    return KNOWN[key]
