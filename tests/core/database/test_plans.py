"""In a crowded organization, the rights desk, the audit log and the drop-off of surveys find rows by an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.pages.multiply import STRIDE, multiplied, multiply
from crosschq.accounts.audit_log import views as audit_log
from crosschq.console.restore import waiting
from crosschq.privacy.desk.search import find_people
from crosschq.tenancy import personal_data
from crosschq.tenancy.models import AuditEntry, Organization, User
from crosschq.tenancy.scope import tenant
from requests_app.models import Reader
from requests_app.provided import drop_offs
from requests_app.report.sharing import live
from scripts.stack.stack import Stack
from templates_app.models import Survey
from tests.architecture.world import make_world
from tests.patience import without_hurry
from tests.plans import without_autovacuum

pytestmark = pytest.mark.slow

INDEXES = {
    "requests_app_referencerequest": "requests_app_of_candidate",
    "requests_app_reference": "requests_app_references_at",
    "requests_app_reader": "requests_app_readers_at",
    "messaging_message": "messaging_message_to",
    "webhooks_inboundevent": "webhooks_event_chosen_email",
}
REQUESTS, ENTRIES = 3_000, 20_000
AUDIT_LOG = """
INSERT INTO organizations_auditentry (organization_id, actor_id, uid, at, action, before, after)
SELECT %s, CASE WHEN n %% 100 > 0 THEN (SELECT min(id) FROM organizations_user) END, gen_random_uuid(),
    now() - n * interval '1 minute', 'action-' || n %% 20, '{}',
    jsonb_build_object('hiring_manager_email', CASE WHEN n %% 100 = 0 THEN md5(n::text) ELSE '' END)
FROM generate_series(1, %s) n
"""
# A self-reference for each request that has none.
RESPONSES = """
INSERT INTO requests_app_response (
    organization_id, uid, reference_request_id, survey_version_id, started_at, submitted_at
)
SELECT r.organization_id, gen_random_uuid(), r.id, v.survey_version_id, r.created_at, r.created_at
FROM requests_app_referencerequest r JOIN templates_app_templateversion v ON v.id = r.version_id
ON CONFLICT DO NOTHING
"""
# Of the copies' events, which otherwise name none.
CANDIDATES = "UPDATE webhooks_inboundevent SET candidate_id = 'c-' || id WHERE id > %s"
# What is on hold after a restore: of these tables, all of them.
SHARES = """
UPDATE requests_app_reader SET shared_by_id = (SELECT min(id) FROM organizations_user),
    shared_at = now() - id / 100000 * interval '1 hour',
    expires_at = now() + CASE WHEN id / 100000 % 3 = 0 THEN interval '1 day' ELSE - interval '1 day' END
"""
ON_HOLD = ("messaging_message", "requests_app_reminder")
HOLD = "UPDATE {} SET state = 'held', held_for = 'restore'"


@pytest.fixture
def crowded(transactional_db: None, stack: Stack) -> Iterator[Organization]:
    """An organization with 3,000 requests and 20,000 entries of the audit log, analyzed."""
    with without_autovacuum(stack, *(model._meta.db_table for model in multiplied())) as analyze:
        organization = make_world().organization
        with without_hurry(), tenant(organization), connection.cursor() as sql:
            multiply(sql, REQUESTS, organization.pk)
            sql.execute(CANDIDATES, [STRIDE])
            sql.execute(AUDIT_LOG, [organization.pk, ENTRIES])
            sql.execute(RESPONSES)
            sql.execute(SHARES)
            for table in ON_HOLD:
                sql.execute(HOLD.format(table))
        analyze()
        yield organization


def plans(look: Callable[[], object]) -> list[tuple[str, str]]:
    """Each SELECT that this runs, with its plan. Call inside `tenant()`."""
    with CaptureQueriesContext(connection) as asked:
        look()
    found = []
    with connection.cursor() as sql:
        for statement in (query["sql"] for query in asked.captured_queries):
            if statement.lstrip().startswith(("SELECT", "(SELECT", "WITH")):
                sql.execute(f"EXPLAIN {statement}")
                found.append((statement, "\n".join(row[0] for row in sql.fetchall())))
    return found


def test_large_tables_are_read_by_index(crowded: Organization) -> None:
    with tenant(crowded):
        an_address_is_looked_up_in_each_table()
        the_audit_log_is_read_page_by_page()
        drop_off_reads_the_newest_responses()
        what_is_on_hold_is_read_in_the_order_of_one_index(crowded)
        reports_that_are_shared_are_read_page_by_page(crowded)


def an_address_is_looked_up_in_each_table() -> None:
    maya = find_people("Maya+work@candidates.example").people
    assert maya
    seen = plans(lambda: find_people("Maya+work@candidates.example"))
    for table, index in INDEXES.items():
        plan = "\n".join(plan for statement, plan in seen if f'FROM "{table}"' in statement)
        assert f"{index} " in plan, f"{table}:\n{plan}"
        assert f"Seq Scan on {table}" not in plan, table
    exported = plans(lambda: [list(section.rows) for section in personal_data.export(maya[0])])
    plan = "\n".join(plan for statement, plan in exported if "auditentry" in statement)
    assert "organizations_audit_addresses " in plan, plan


def the_audit_log_is_read_page_by_page() -> None:
    rows = AuditEntry.objects.select_related("actor").order_by("-at", "-id")
    middle = str(rows[ENTRIES // 2].uid)
    indexes = {
        "organizations_audit_newest": {},
        "organizations_audit_of_action": {"action": "action-3"},
        "organizations_audit": {"person": audit_log.NOBODY},
    }
    for index, filters in indexes.items():
        for before in ("", middle):
            page = audit_log._older_than(audit_log._filtered(rows, filters), before)[: audit_log.PAGE_ROWS + 1]
            plan = plans(lambda page=page: list(page))[-1][1]  # type: ignore[misc]
            assert f"using {index}" in plan, plan
            assert "Seq Scan on organizations_auditentry" not in plan, plan
    choices = "\n".join(plan for _statement, plan in plans(audit_log.FilterForm))
    assert "organizations_audit_of_action " in choices, choices
    assert "Seq Scan on organizations_auditentry" not in choices, choices


def drop_off_reads_the_newest_responses() -> None:
    (newest, counts) = plans(lambda: drop_offs(list(Survey.objects.all())))[-2:]
    assert "requests_app_response_newest " in newest[1], newest[1]
    assert "Seq Scan on requests_app_response" not in newest[1], newest[1]
    # Neither all of a version nor all of an organization is read for the newest of a version.
    _versions, of_one = newest[1].split("SubPlan 1")
    assert "Sort" not in of_one, of_one
    assert "BitmapAnd" not in of_one, of_one
    assert "Seq Scan on requests_app_response " not in counts[1], counts[1]


def what_is_on_hold_is_read_in_the_order_of_one_index(organization: Organization) -> None:
    rows = plans(lambda: waiting.rows(organization, most=waiting.SHOWN))
    for table in ON_HOLD:
        (plan,) = (plan for statement, plan in rows if f'FROM "{table}"' in statement)
        assert f"using {table}_restored" in plan, plan
        assert f"Sort Key: {table}" not in plan, plan
    ((_statement, counts),) = plans(waiting.counted)
    assert "using requests_app_reminder_restored" in counts, counts


def reports_that_are_shared_are_read_page_by_page(organization: Organization) -> None:
    index = {None: "requests_app_shares_ending", User.objects.order_by("pk")[0]: "requests_app_shares_by"}
    for by, of_few in index.items():
        few, shown = plans(lambda by=by: live.page(by))[:2]  # type: ignore[misc]
        assert f"{of_few} " in few[1], few[1]
        assert "Seq Scan on requests_app_reader" not in shown[1], shown[1]
    with pytest.MonkeyPatch.context() as many:
        many.setattr(live, "MOST_COUNTED", 1)
        anchor = Reader.objects.filter(shared_at__isnull=False)[0].uid
        for place in ({}, {"after": anchor}, {"before": anchor}):
            plan = plans(lambda place=place: live.page(**place))[-1][1]  # type: ignore[misc]
            assert "using requests_app_shares on" in plan.replace("Backward ", ""), plan
            assert "Sort" not in plan, plan
