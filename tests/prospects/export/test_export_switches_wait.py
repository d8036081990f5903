"""Both export switches can be turned on before anything can be exported: they wait, and say what for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest
from django.test import Client
from django.urls import reverse

from connectors.models import Connection, ConnectionState
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from prospects.export import on_opt_in, runs, settings
from prospects.export_options import options
from prospects.models import ExportRun, ExportSettings, Prospect
from tests.extent import first_of
from tests.factories import make_member, signed_in
from tests.prospects.export.test_export_pages import text, url
from tests.prospects.exporting import ADD, Exporter, exporter
from tests.vendor import CALLBACK, Vendor

EXISTING = "Export Prospects from Crosschq to SmartRecruiters"
NEW = "Automatically Export New Prospects to SmartRecruiters"
TYPES = "GET /configuration/sources"
ORDERS = list(permutations(("export_existing", "choose", "export_new")))
# In the first three, the settings are chosen in the middle, at the end, and at the start.
WAYS = [(order, number % 2 == 0) for number, order in enumerate(ORDERS)]
WAYS += [(order, not disconnected) for order, disconnected in WAYS]


@pytest.fixture
def acme(vendor: Vendor) -> Exporter:
    return exporter(vendor)


@pytest.fixture
def admin(acme: Exporter, client: Client) -> Client:
    return signed_in(client, acme.admin)


def manage(acme: Exporter) -> str:
    return reverse("connectors:manage", args=[acme.organization.slug, acme.connection.vendor])


def turn(acme: Exporter, admin: Client, *names: str, on: bool = True) -> str:
    for name in names:
        admin.post(url(acme, name), {"on": str(int(on))})
    return text(admin.get(manage(acme)))


def opt_in(acme: Exporter, name: str) -> Prospect:
    prospect = acme.prospect(name)
    with tenant(acme.organization):
        on_opt_in.export_new_prospect(prospect)
    return prospect


def choose(acme: Exporter, admin: Client, *jobs: str) -> str:
    """Fill in the settings page and save. Returns the URL that this leads to."""
    source = options.CachedOptions.load(acme.settings()).recommended
    assert source
    chosen = {"source_type": source.type_id, "source": source.key, "jobs": jobs, "save": "1"}
    location: str = admin.post(url(acme, "export_settings"), chosen)["Location"]
    return location


def test_each_switch_names_what_it_waits_for_and_links_to_it(acme: Exporter, admin: Client) -> None:
    for name, label in (("export_existing", EXISTING), ("export_new", NEW)):
        page = turn(acme, admin, name)
        assert f"{label} On, waiting for Source type and Source id" in page
        assert page.count("Choose a Source type and a Source id. Jobs and Tags are optional.") == 1
    assert (
        f'<a href="{url(acme, "export_settings")}">Choose export settings</a>'
        in admin.get(manage(acme)).content.decode()
    )
    assert (acme.settings().existing_on, acme.settings().new_on) == (True, True)
    acme.work()
    assert "Crosschq (recommended)" in text(admin.get(url(acme, "export_settings"))), "it was read by itself"


def test_a_missing_permission_is_named_next_to_the_fields_and_the_switches_outlast_the_sign_in(
    acme: Exporter, admin: Client, vendor: Vendor
) -> None:
    vendor.tell("faults", route=TYPES, kind="status", status=403, times=9)
    turn(acme, admin, "export_existing", "export_new")
    acme.read()
    page = text(admin.get(manage(acme)))
    words = "On, waiting for “Access Company Settings”, Source type, and Source id"
    assert page.count(words) == 2
    assert "Sign in again to allow “Access Company Settings”" in page
    vendor.tell("faults/clear")
    options.refresh_after_sign_in(acme.connection)  # what the callback from SmartRecruiters does
    acme.read()
    page = text(admin.get(manage(acme)))
    assert page.count("On, waiting for Source type and Source id") == 2
    assert "Access Company Settings” " not in page.partition("The export is on hold")[2].partition("Permissions")[0]


def test_saving_leads_to_the_numbers_and_a_confirmed_export_starts_automatically(acme: Exporter, admin: Client) -> None:
    ana = acme.prospect()
    turn(acme, admin, "export_existing")
    acme.read()
    assert choose(acme, admin) == url(acme, "export_start")
    assert acme.items() == []
    page = text(admin.get(manage(acme)))
    assert f"{EXISTING} On, waiting for your confirmation" in page
    assert "1 prospect is ready to export. Nothing is sent until you confirm the numbers. Review the numbers" in page
    run = admin.post(url(acme, "export_start"))["Location"]
    assert "Checking" in text(admin.get(run))
    acme.work()
    assert len(acme.there(ana)) == 1
    assert f"{EXISTING} On: 1 exported" in text(admin.get(manage(acme)))


def test_an_export_that_is_confirmed_without_the_permission_starts_once_it_is_there(
    acme: Exporter, admin: Client, vendor: Vendor
) -> None:
    acme.prospect()
    turn(acme, admin, "export_existing")
    acme.read()
    vendor.tell("faults", route=TYPES, kind="status", status=403, times=9)
    options.refresh_now(acme.connection)
    assert choose(acme, admin) == url(acme, "export_start")
    assert "the export starts automatically when this is fixed" in text(admin.get(url(acme, "export_start")))
    admin.post(url(acme, "export_start"))
    acme.work()
    assert acme.creates() == 0
    assert f"{EXISTING} On, waiting for “Access Company Settings”" in text(admin.get(manage(acme)))
    vendor.tell("faults/clear")
    options.refresh_after_sign_in(acme.connection)
    acme.work()
    assert acme.states() == {WorkState.DONE: 1}


@pytest.mark.parametrize("job", ["", "Sales Lead"])
def test_opt_ins_are_kept_while_the_second_switch_waits_and_sent_when_it_can(
    acme: Exporter, admin: Client, vendor: Vendor, job: str
) -> None:
    before = acme.prospect("Ben Early")
    turn(acme, admin, "export_new")
    kept = opt_in(acme, "Ana Ruiz")
    acme.work()
    assert acme.states() == {WorkState.HELD: 1}
    assert "1 new prospect is queued and will be exported once this is fixed." in text(admin.get(manage(acme)))
    choose(acme, admin, *([vendor.job(job)] if job else []))
    acme.work()
    (there,) = acme.there(kept)
    assert [one["job_id"] for one in there["applications"]] == ([vendor.job(job)] if job else [])
    assert acme.there(before) == []


def test_an_opt_in_at_the_moment_of_saving_is_not_lost(acme: Exporter, admin: Client, vendor: Vendor) -> None:
    turn(acme, admin, "export_new")
    acme.read()
    with tenant(acme.organization):
        as_it_was = ExportSettings.objects.get(connection=acme.connection)
    choose(acme, admin, vendor.job("Sales Lead"))
    late = acme.prospect()
    with tenant(acme.organization):
        on_opt_in.queue(as_it_was, late)
    acme.work()
    acme.work()
    assert [one["job_id"] for one in acme.there(late)[0]["applications"]] == [vendor.job("Sales Lead")]


def test_a_switch_turned_off_while_waiting_sends_no_one_later(acme: Exporter, admin: Client) -> None:
    turn(acme, admin, "export_existing", "export_new")
    kept = opt_in(acme, "Ana Ruiz")
    acme.work()
    page = turn(acme, admin, "export_existing", "export_new", on=False)
    assert "The export is on hold" not in page
    assert acme.items() == []
    assert choose(acme, admin) == manage(acme) + "#export"
    acme.work()
    assert acme.there(kept) == []
    turn(acme, admin, "export_new")
    acme.work()
    assert acme.there(kept) == [], "who came in before the switch is offered, and not sent"
    assert "1 prospect isn't in SmartRecruiters yet." in text(admin.get(manage(acme)))


def test_without_prospects_the_page_says_so_and_asks_nothing(acme: Exporter, admin: Client) -> None:
    turn(acme, admin, "export_existing")
    acme.read()
    assert choose(acme, admin) == manage(acme) + "#export"
    page = text(admin.get(manage(acme)))
    assert f"{EXISTING} On, no prospects to export yet" in page
    assert "The export is on hold" not in page


def test_both_switches_create_one_candidate_for_each_prospect(acme: Exporter, admin: Client) -> None:
    before = acme.prospect("Ben Early")
    turn(acme, admin, "export_existing", "export_new")
    kept = opt_in(acme, "Ana Ruiz")
    acme.work()
    choose(acme, admin)
    admin.post(url(acme, "export_start"))
    acme.work()
    assert (len(acme.there(before)), len(acme.there(kept))) == (1, 1)
    assert acme.creates() == 2


def test_a_permission_that_is_lost_later_is_named_and_nothing_is_lost(
    acme: Exporter, admin: Client, vendor: Vendor
) -> None:
    acme.choose()
    turn(acme, admin, "export_new")
    vendor.tell("faults", route=ADD, kind="status", status=403, times=9)
    kept = opt_in(acme, "Ana Ruiz")
    acme.work()
    page = text(admin.get(manage(acme)))
    assert f"{NEW} On, waiting for a permission" in page
    assert "“Create Candidates”" in page
    assert "Sign in again to allow this" in page
    vendor.tell("faults/clear")
    with tenant(acme.organization):
        work_item.release(held_for=acme.connection.sign_in_hold)  # what a new sign-in does
    acme.work()
    assert len(acme.there(kept)) == 1


def test_a_sign_in_that_is_lost_later_is_named(acme: Exporter, admin: Client) -> None:
    acme.choose()
    turn(acme, admin, "export_new")
    with tenant(acme.organization):
        Connection.objects.update(state=ConnectionState.NEEDS_SIGN_IN)
    page = text(admin.get(manage(acme)))
    assert f"{NEW} On, waiting for a new sign-in" in page
    assert page.count("Reconnect") == 1, "one button at the top of the page asks for it"


def test_settings_that_are_cleared_later_hold_new_opt_ins(acme: Exporter, admin: Client) -> None:
    acme.choose()
    turn(acme, admin, "export_new")
    with tenant(acme.organization):
        ExportSettings.objects.update(saved_at=None)
    kept = opt_in(acme, "Ana Ruiz")
    acme.work()
    assert acme.states() == {WorkState.HELD: 1}
    assert f"{NEW} On, waiting for Source type and Source id" in text(admin.get(manage(acme)))
    acme.choose()
    acme.work()
    assert len(acme.there(kept)) == 1


def test_disconnecting_turns_both_off_and_the_next_connection_exports_nothing(acme: Exporter, admin: Client) -> None:
    acme.choose()
    ana = acme.prospect("Ana Ruiz")
    run = acme.start()
    turn(acme, admin, "export_new")
    with tenant(acme.organization):
        Connection.objects.update(state=ConnectionState.NEEDS_SIGN_IN)
    tom = opt_in(acme, "Tom Beck")
    acme.work()
    with tenant(acme.organization):
        settings.connection_ended(acme.connection, acme.admin)
        Connection.objects.update(state=ConnectionState.CONNECTED)
        work_item.release(held_for=acme.connection.sign_in_hold)
    acme.work()
    assert (acme.settings().existing_on, acme.settings().new_on) == (False, False)
    assert (acme.there(ana), acme.there(tom)) == ([], [])
    with tenant(acme.organization):
        assert ExportRun.objects.get(pk=run.pk).stopped_at


def test_the_disconnect_page_says_so_and_does_so(acme: Exporter, admin: Client) -> None:
    turn(acme, admin, "export_existing", "export_new")
    address = reverse("connectors:disconnect", args=[acme.organization.slug, acme.connection.vendor])
    assert "Both export switches turn off" in text(admin.get(address))
    admin.post(address)
    acme.read()
    assert (acme.settings().existing_on, acme.settings().new_on) == (False, False)


@pytest.mark.parametrize(("order", "disconnected"), first_of(WAYS, 3))
def test_everyone_is_exported_once_in_any_order(
    acme: Exporter, admin: Client, order: tuple[str, ...], disconnected: bool
) -> None:
    """`disconnected`: after half of the steps, and then all of them again from the start."""
    before = acme.prospect("Ben Early")
    if disconnected:
        follow(acme, admin, order[:2])
        with tenant(acme.organization):
            settings.connection_ended(acme.connection, acme.admin)
        acme.work()
        assert acme.there(before) == [], "nothing goes after the connection has ended"
    follow(acme, admin, order)
    kept = opt_in(acme, "Ana Ruiz")
    admin.post(url(acme, "export_start"))
    acme.work()
    acme.work()
    assert (len(acme.there(before)), len(acme.there(kept))) == (1, 1)
    assert acme.creates() == 2
    page = text(admin.get(manage(acme)))
    assert "The export is on hold" not in page
    assert f"{EXISTING} On: " in page


def follow(acme: Exporter, admin: Client, order: Sequence[str]) -> None:
    for step in order:
        if step == "choose":
            options.refresh_now(acme.connection)
            choose(acme, admin)
        else:
            admin.post(url(acme, step), {"on": "1"})


def test_a_refused_consent_leaves_both_on_and_keeps_those_who_wait(
    acme: Exporter, admin: Client, vendor: Vendor
) -> None:
    turn(acme, admin, "export_existing", "export_new")
    kept = opt_in(acme, "Ana Ruiz")
    acme.work()
    asked = admin.post(reverse("connectors:connect", args=[acme.organization.slug, acme.connection.vendor]))
    back = admin.get(CALLBACK, vendor.consent(asked["Location"], decision="deny"), follow=True)
    assert back.status_code == 200
    assert acme.settings().existing_on
    assert acme.settings().new_on
    page = text(admin.get(manage(acme)))
    assert page.count("On, waiting for Source type and Source id") == 2
    assert "1 new prospect is queued and will be exported once this is fixed." in page
    choose(acme, admin)
    acme.work()
    assert len(acme.there(kept)) == 1


def test_a_run_whose_prospects_were_exported_automatically_says_that_no_one_was_left(
    acme: Exporter, admin: Client
) -> None:
    turn(acme, admin, "export_existing", "export_new")
    kept = opt_in(acme, "Ana Ruiz")
    acme.work()
    choose(acme, admin)
    acme.work()
    run = admin.post(url(acme, "export_start"))["Location"]
    acme.work()
    assert len(acme.there(kept)) == 1
    for address in (run, manage(acme)):
        page = admin.get(address)
        assert "o prospects left to export" in text(page)
        assert "0 of 0" not in text(page)
        assert "<progress" not in page.content.decode()


def test_the_card_of_an_export_that_waits_is_not_empty(acme: Exporter, admin: Client) -> None:
    assert "Export settings Nothing has been exported yet." in turn(acme, admin, "export_existing")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RECRUITER])
def test_other_roles_see_who_waits_and_cannot_use_the_switches(acme: Exporter, admin: Client, role: Role) -> None:
    turn(acme, admin, "export_new")
    opt_in(acme, "Ana Ruiz")
    other = signed_in(Client(), make_member(acme.organization, role))
    page = other.get(manage(acme))
    assert f"{NEW} On, waiting for Source type and Source id" in text(page)
    assert 'role="switch"' not in page.content.decode()
    for name in ("export_settings", "export_start"):
        assert other.get(url(acme, name)).status_code == 403
    assert other.post(url(acme, "export_new"), {"on": "0"}).status_code == 403
    assert "Waiting" in text(other.get(reverse("prospects:list", args=[acme.organization.slug])))


def test_a_failed_refresh_does_not_keep_a_confirmed_export_waiting(acme: Exporter, admin: Client) -> None:
    acme.choose()
    ana = acme.prospect()
    with tenant(acme.organization):
        run = runs.start_after_check(settings=acme.settings(), actor=acme.admin)
        acme.settings().refresh.delete()
    acme.work()
    assert len(acme.there(ana)) == 1
    assert acme.run(run).finished_at
