import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from crosschq.tenancy.models import Organization, Role
from crosschq.tenancy.scope import tenant
from templates_app.models import Question, RequestTemplate, Survey, SurveyVersion, TemplateVersion
from tests.factories import make_member, make_organization, signed_in
from tests.templates_app.factories import make_template

CHANGING = ["new", "edit", "delete", "restore"]


def url(name: str, organization: Organization, template: RequestTemplate) -> str:
    return reverse(
        f"templates:{name}", args=[organization.slug] + ([template.uid] if name not in ("new", "list") else [])
    )


@pytest.mark.parametrize("name", CHANGING)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.RECRUITER])
def test_only_admins_change_templates(acme: Organization, client: Client, role: Role, name: str) -> None:
    template = make_template(acme)
    signed_in(client, make_member(acme, role))
    assert client.get(url(name, acme, template)).status_code == 403
    assert client.post(url(name, acme, template), {"name": "x", "ats_tag": "x"}).status_code == 403
    with tenant(acme):
        template.refresh_from_db()
        assert template.deleted_at is None
        assert TemplateVersion.objects.count() == 1


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
def test_admins_and_owners_open_every_page(acme: Organization, client: Client, role: Role) -> None:
    template = make_template(acme)
    signed_in(client, make_member(acme, role))
    for name in ("list", "new", "edit", "delete"):
        assert client.get(url(name, acme, template)).status_code == 200


@pytest.mark.parametrize("name", ["list", *CHANGING])
def test_anonymous_visitors_are_sent_to_sign_in(acme: Organization, client: Client, name: str) -> None:
    answer = client.post(url(name, acme, make_template(acme)))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["list", *CHANGING])
def test_members_of_another_organization_get_a_404(acme: Organization, client: Client, name: str) -> None:
    template = make_template(acme)
    signed_in(client, make_member(make_organization("Beta AG"), Role.OWNER))
    assert client.get(url(name, acme, template)).status_code == 404
    assert client.post(url(name, acme, template)).status_code == 404


@pytest.mark.parametrize("name", ["edit", "delete", "restore"])
def test_another_organizations_template_is_not_found_under_ones_own_url(
    acme: Organization, client: Client, name: str
) -> None:
    template = make_template(acme)
    beta = make_organization("Beta AG")
    signed_in(client, make_member(beta, Role.OWNER))
    if name != "restore":
        assert client.get(url(name, beta, template)).status_code == 404
    assert client.post(url(name, beta, template)).status_code == 404
    with tenant(acme):
        template.refresh_from_db()
    assert template.deleted_at is None


@pytest.mark.parametrize("model", [Survey, SurveyVersion, Question, RequestTemplate, TemplateVersion])
def test_row_level_security_hides_other_organizations(acme: Organization, model: type[RequestTemplate]) -> None:
    make_template(acme)
    beta = make_organization("Beta AG")
    table = connection.ops.quote_name(model._meta.db_table)

    def seen(organization: Organization) -> int:
        with tenant(organization), connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            return int(cursor.fetchone()[0])

    assert seen(acme) >= 1
    assert seen(beta) == 0
