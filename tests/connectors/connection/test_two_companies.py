"""Two organizations connect to two companies of one SmartRecruiters, and each sees its own."""

from __future__ import annotations

from connectors.calls.gateway import open_ats
from crosschq.tenancy.models import Role
from tests.factories import make_member, make_organization
from tests.vendor import Vendor, connected


def test_an_organization_on_its_first_day_connects_beside_one_that_is_connected(vendor: Vendor) -> None:
    acme, ledgerly = make_organization(), make_organization("Ledgerly", slug="ledgerly")
    first = connected(vendor, acme, make_member(acme, Role.ADMIN))
    second = connected(vendor, ledgerly, make_member(ledgerly, Role.ADMIN), ats_user="Iris Integration")
    assert (first.company_name, second.company_name) == ("Acme GmbH", "Ledgerly")
    assert (len(open_ats(first).jobs()), open_ats(second).jobs()) == (6, [])
