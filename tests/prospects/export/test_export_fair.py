"""A large export of one organization doesn't delay a small one of another."""

from __future__ import annotations

import pytest

from connectors.models import Connection
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from tests.extent import in_full
from tests.prospects.exporting import exporter
from tests.vendor import Vendor


@pytest.mark.in_full
def test_a_small_export_is_not_delayed_by_a_large_one(vendor: Vendor) -> None:
    many = 40 if in_full() else 24
    large = exporter(vendor)
    with tenant(large.organization):
        # One company has one live connection; here two organizations share the sandbox's.
        Connection.objects.update(company_id="another")
    small = exporter(vendor)
    for acme, count in ((large, many), (small, 3)):
        acme.choose(tags=("crosschq",))
        for number in range(count):
            acme.prospect(f"Ana Ruiz-{acme.organization.pk}-{number}")
    large.start()
    small.start()
    large.work()
    assert (large.states(), small.states()) == ({WorkState.DONE: many}, {WorkState.DONE: 3})
    ends = sorted(item.finished_at for item in large.items() if item.finished_at)
    assert max(item.finished_at for item in small.items() if item.finished_at) < ends[many * 5 // 8]
