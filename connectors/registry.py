"""Maps vendor keys to vendors. The only module that imports vendor folders; a new ATS adds one line here."""

from connectors.ats import Vendor
from connectors.smartrecruiters.adapter import SmartRecruiters
from connectors.smartrecruiters.site import COMPANIES, SANDBOX_COMPANIES

VENDORS: dict[str, Vendor] = {
    vendor.key: vendor for vendor in (SmartRecruiters(COMPANIES), SmartRecruiters(SANDBOX_COMPANIES))
}


def vendors() -> list[Vendor]:
    """Return the vendors that this installation is configured for."""
    return [vendor for vendor in VENDORS.values() if vendor.offered]


def offers(key: str) -> bool:
    return key in VENDORS and VENDORS[key].offered


def vendor(key: str) -> Vendor:
    """Return the vendor with this key. Raises KeyError for an unknown one."""
    return VENDORS[key]
