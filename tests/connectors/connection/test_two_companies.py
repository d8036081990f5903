"""Two organizations connect to two SmartRecruiters companies, and each sees only its own."""

from __future__ import annotations

from connectors.calls.gateway import open_ats
from crosschq.tenancy.models import Role
from tests.factories import make_member, make_organization
from tests.vendor import Vendor, connected


def test_two_organizations_connect_to_different_companies(vendor: Vendor) -> None:
    acme, ledgerly = make_organization(), make_organization("Ledgerly", slug="ledgerly")
    first = connected(vendor, acme, make_member(acme, Role.ADMIN))
    second = connected(vendor, ledgerly, make_member(ledgerly, Role.ADMIN), ats_user="Iris Integration")
    assert (first.company_name, second.company_name) == ("Acme GmbH", "Ledgerly")
    assert (len(open_ats(first).jobs()), open_ats(second).jobs()) == (6, [])
