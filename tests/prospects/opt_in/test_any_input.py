"""The prospect pages handle any input: no errors, and no incomplete prospects."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from prospects.models import ExportSettings, Prospect
from tests.extent import whole_forms
from tests.factories import make_connection, make_member, make_organization, signed_in
from tests.prospects.factories import answered_job, make_prospect, token_of
from tests.requests_app.public.test_any_input import NASTY, encoded

pytestmark = pytest.mark.django_db
OPT_IN = ("version", "first_name", "last_name", "email", "phone", "employer", "title", "area_of_interest", "agreed")
QUERY = ("q", "export", "ending", "after")
values = st.sampled_from([*NASTY, "1", "on", "a@b.example"]) | st.text(max_size=300)
often = whole_forms(60)


@pytest.fixture
def path() -> str:
    return answered_job().reference_path() + "thanks/"


@often
@given(data=st.dictionaries(st.sampled_from(OPT_IN), values))
def test_the_opt_in_page_handles_any_input(path: str, data: dict[str, str]) -> None:
    assert Client().post(path, encoded({"version": "1", "agreed": "on", **data})).status_code in (200, 303)


@often
@given(data=st.dictionaries(st.sampled_from(QUERY), values))
def test_the_list_and_its_download_handle_any_query(data: dict[str, str]) -> None:
    prospect = make_prospect()
    client = signed_in(Client(), make_member(prospect.organization, Role.RECRUITER))
    url, query = f"/o/{prospect.organization.slug}/prospects/", urlencode(encoded(data))
    assert client.get(f"{url}?{query}").status_code == 200
    assert client.post(f"{url}csv/?{query}").status_code == 200


@often
@given(typed=values)
def test_tag_suggestions_handle_any_input(typed: str) -> None:
    organization = make_organization()
    connection = make_connection(organization)
    with tenant(organization):
        ExportSettings.objects.create(organization=organization, connection=connection)
    client = signed_in(Client(), make_member(organization, Role.ADMIN))
    query = urlencode(encoded({"tag": typed}))
    url = f"{reverse('prospects:export_tags', args=[organization.slug, connection.vendor])}?{query}"
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"List-Unsubscribe=" + b"x" * 5000, b"List-Unsubscribe=One-Click%00"]
)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
def test_only_the_rfc_8058_form_unsubscribes(body: bytes, kind: str) -> None:
    prospect = make_prospect()
    answer = Client().post(f"/p/{token_of(prospect)}/unsubscribe/", body, content_type=kind)
    assert answer.status_code in (303, 400)
    with tenant(prospect.organization):
        assert not Prospect.objects.get(pk=prospect.pk).is_removed
