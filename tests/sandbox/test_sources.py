"""Source types, their values, and the source of an application."""

from __future__ import annotations

import pytest

from tests.sandbox.receiver import Receiver
from tests.sandbox.running import Running, refusal
from tests.sandbox.subscribing import events_received, subscribe

SOURCES = "/configuration/sources"


def test_each_type_lists_its_subtypes_and_links_to_its_values(sandbox: Running) -> None:
    api = sandbox.admin()
    found = api.get(SOURCES).raise_for_status().json()
    assert found["totalFound"] == len(found["content"])
    custom = next(item for item in found["content"] if item["id"] == "CUSTOM_SOURCES")
    assert custom["subtypes"] == [{"id": "REFERENCE_CHECKS"}, {"id": "EVENTS"}]
    values = api.get(custom["actions"]["values"]["url"]).raise_for_status().json()
    assert [item["label"] for item in values["content"]] == ["Crosschq", "Talent fair", "Talent fair"]
    assert (values["totalFound"], values["limit"], values["offset"]) == (3, 100, 0)
    one = api.get(values["content"][0]["actions"]["sourceDetails"]["url"]).json()
    assert one == values["content"][0]


def test_values_are_filtered_by_subtype_and_paged_by_offset(sandbox: Running) -> None:
    api = sandbox.admin()
    url = f"{SOURCES}/CUSTOM_SOURCES/values"
    assert api.get(url, params={"sourceSubType": "EVENTS"}).json()["totalFound"] == 1
    page = api.get(url, params={"limit": 1, "offset": 1}).json()
    assert ([item["label"] for item in page["content"]], page["totalFound"]) == (["Talent fair"], 3)
    assert api.get(url, params={"limit": 101}).status_code == 400


def test_referrals_are_active_users(sandbox: Running) -> None:
    found = sandbox.admin().get(f"{SOURCES}/REFERRALS/values").json()["content"]
    assert sandbox.user("Dana Ruiz") in [item["id"] for item in found]
    assert sandbox.user("Olga Petrova") not in [item["id"] for item in found]


def test_an_unknown_source_returns_its_error_code(sandbox: Running) -> None:
    api = sandbox.admin()
    fair = next(item["id"] for item in sandbox.state()["sources"] if item["label"] == "Talent fair")
    assert refusal(api.get(f"{SOURCES}/NOWHERE/values"))[0] == 404
    wrong = {"sourceSubType": "JOB_BOARD"}
    assert refusal(api.get(f"{SOURCES}/CUSTOM_SOURCES/values", params=wrong)) == (
        400,
        "SOURCE_TYPE_AND_SUBTYPE_INVALID",
    )
    one = f"{SOURCES}/CUSTOM_SOURCES/values/{fair}"
    assert refusal(api.get(one)) == (400, "SUBTYPE_REQUIRED")
    assert refusal(api.get(one, params=wrong)) == (400, "SOURCE_TYPE_AND_SUBTYPE_INVALID")
    assert api.get(one, params={"sourceSubType": "EVENTS"}).json()["label"] == "Talent fair"
    assert refusal(api.get(f"{SOURCES}/NOWHERE/values/{fair}")) == (400, "SOURCE_TYPE_INVALID")
    assert api.get(f"{SOURCES}/PAID/values/{fair}").status_code == 404


def test_a_deleted_source_can_be_read_by_its_identifier(sandbox: Running) -> None:
    api = sandbox.admin()
    source = next(item for item in sandbox.state()["sources"] if item["label"] == "Crosschq")
    url = f"{SOURCES}/{source['identifier']}"
    expected = {"label": "Crosschq", "type": {"id": "CUSTOM_SOURCES"}, "subType": {"id": "REFERENCE_CHECKS"}}
    assert api.get(url).json() == expected
    sandbox.act("source/delete", identifier=source["identifier"])
    assert api.get(url).json() == expected
    assert api.get(f"{SOURCES}/CUSTOM_SOURCES/values/{source['id']}").status_code == 404
    assert refusal(api.get(f"{SOURCES}/CUSTOM_SOURCES")) == (400, "INVALID_IDENTIFIER")
    unknown = f"{SOURCES}/00000000-0000-0000-0000-000000000000"
    assert refusal(api.get(unknown)) == (404, "SOURCE_NOT_FOUND")


@pytest.mark.parametrize(
    ("type_id", "label", "code"),
    [
        ("NOWHERE", "Crosschq", "INVALID_SOURCE_TYPE"),
        ("CUSTOM_SOURCES", "Talent fair", "SUBTYPE_REQUIRED"),
        ("PAID", "Crosschq", "INVALID_SOURCE"),
    ],
)
def test_an_application_accepts_only_a_known_source(sandbox: Running, type_id: str, label: str, code: str) -> None:
    source = next(item["id"] for item in sandbox.state()["sources"] if item["label"] == label)
    url = f"/candidates/{sandbox.candidate('Maya Osei')}/jobs/{sandbox.job('Backend Engineer')}/source"
    body = {"sourceTypeId": type_id, "sourceId": source}
    assert refusal(sandbox.admin().put(url, json=body)) == (400, code)


def test_the_source_of_an_application_is_changed(sandbox: Running, receiver: Receiver) -> None:
    subscribe(sandbox, receiver, events=["application.source.updated"])
    api, source = sandbox.admin(), next(i for i in sandbox.state()["sources"] if i["label"] == "Crosschq")
    url = f"/candidates/{sandbox.candidate('Maya Osei')}/jobs/{sandbox.job('Backend Engineer')}"
    body = {"sourceTypeId": source["type"], "sourceId": source["id"]}
    assert api.put(f"{url}/source", json=body).status_code == 204
    found = api.get(url).json()
    assert found["source"] == "Crosschq"
    assert events_received(sandbox, receiver) == ["application.source.updated"]
    by_id = api.get(f"/job-applications-api/v202112/job-applications/{found['applicationId']}").json()
    assert by_id["sourceIdentifier"] == source["identifier"]
    assert (by_id["profileId"], by_id["status"]) == (sandbox.candidate("Maya Osei"), "INTERVIEW")
    elsewhere = f"/candidates/{sandbox.candidate('Maya Osei')}/jobs/{sandbox.job('Sales Lead')}/source"
    assert api.put(elsewhere, json=body).status_code == 404
    assert api.put("/candidates/none/jobs/none/source", json=body).status_code == 401


def test_an_application_is_read_by_its_own_id(sandbox: Running) -> None:
    base = "/job-applications-api/v202112/job-applications"
    api = sandbox.admin()
    assert refusal(api.get(f"{base}/none")) == (400, "INVALID_JOB_APPLICATION_ID")
    unknown = f"{base}/00000000-0000-0000-0000-000000000000"
    assert refusal(api.get(unknown)) == (404, "JOB_APPLICATION_NOT_FOUND")
    hidden = sandbox.profile("Li Wei")["applications"][0]["id"]
    assert refusal(sandbox.as_user("Priya Nair").get(f"{base}/{hidden}")) == (404, "JOB_APPLICATION_NOT_FOUND")
