"""Names are sorted as people sort them, whatever their case and accents."""

from __future__ import annotations

import pytest

from crosschq.core.database.folded import SortKey
from crosschq.tenancy.models import User
from tests.factories import make_user

IN_ORDER = ["Ágnes Nagy", "anna Roux", "ANNA Zorn", "İbrahim Çelik", "Müller", "Mu\u0308ller-Roth", "Zoë", "Анна"]


@pytest.mark.django_db
def test_case_and_accents_do_not_count_in_the_order_of_names() -> None:
    for name in reversed(IN_ORDER):
        make_user(name=name)
    assert list(User.objects.order_by(SortKey("name")).values_list("name", flat=True)) == IN_ORDER
