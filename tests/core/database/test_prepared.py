"""A prepared statement is written once, and reads the rows of the organization that it is given."""

import pytest
from django.db.models import F, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from crosschq.core.database.keys import is_among
from crosschq.core.database.prepared import Given, Statement
from crosschq.privacy.desk.search import find_person
from crosschq.tenancy.models import Invitation, Organization, Role
from crosschq.tenancy.scope import rows_of_given, tenant
from tests.factories import make_organization, make_user
from tests.requests_app.factories import waiting_request

pytestmark = pytest.mark.django_db


def invite(organization: Organization, *emails: str) -> None:
    with tenant(organization):
        for email in emails:
            Invitation.objects.create(
                organization=organization,
                email=email,
                role=Role.VIEWER,
                invited_by=make_user(f"for-{email}"),
                expires_at="2030-01-01T00:00Z",
            )


def test_one_statement_reads_the_given_rows_of_each_organization() -> None:
    acme, globex = make_organization("Acme"), make_organization("Globex")
    invite(acme, "maya@acme.example", "zoë@acme.example", "noor@acme.example")
    invite(globex, "maya@globex.example")
    rows: QuerySet[Invitation] = rows_of_given(Invitation).filter(is_among("email", Given("emails", "text[]")))
    statement = Statement.of(rows.order_by("email").values_list("pk", F("email")))
    emails = ["maya@acme.example", "maya@globex.example", "zoë@acme.example"]
    with tenant(acme):
        found = [email for _pk, email in statement.run(organization=acme.pk, emails=emails)]
        assert found == ["maya@acme.example", "zoë@acme.example"]
        assert statement.run(organization=acme.pk, emails=[]) == []
        assert statement.run(organization=globex.pk, emails=emails) == []
    with tenant(globex):
        assert [email for _pk, email in statement.run(organization=globex.pk, emails=emails)] == emails[1:2]


def test_a_person_is_found_with_the_statements_of_another_organization(monkeypatch: pytest.MonkeyPatch) -> None:
    acme, globex = (waiting_request(make_organization(name)) for name in ("Acme", "Globex"))
    written: list[str] = []
    as_sql = SQLCompiler.as_sql

    def count(compiler: SQLCompiler, *arguments: object, **options: object) -> object:
        sql = as_sql(compiler, *arguments, **options)  # type: ignore[arg-type]
        written.append(sql[0])
        return sql

    with tenant(acme.organization):
        assert find_person(acme.reference_request.uid) is not None
    monkeypatch.setattr(SQLCompiler, "as_sql", count)
    with tenant(globex.organization):
        assert find_person(globex.reference_request.uid) is not None
        assert find_person(acme.reference_request.uid) is None
    assert written
    assert [sql for sql in written if " UNION " in sql] == []
