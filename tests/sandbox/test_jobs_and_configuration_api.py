"""Jobs, hiring teams, job fields, hiring processes, company and users."""

from __future__ import annotations

from tests.sandbox.running import Running, refusal

USERS = "/user-api/v201804/users"


def test_a_job_carries_its_tag_as_the_label_of_a_free_text_field(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    fields = api.get("/configuration/job-properties").raise_for_status().json()["content"]
    field = next(item for item in fields if item["label"] == "Crosschq tag")
    assert (field["category"], field["active"], field["visible"]) == ("job", True, False)
    job = api.get(f"/jobs/{sandbox.job('Backend Engineer')}").raise_for_status().json()
    assert {"id": field["id"], "label": "Crosschq tag", "value": {"label": "eng"}} in job["properties"]
    untagged = api.get(f"/jobs/{sandbox.job('Sales Lead')}").json()
    assert field["id"] not in [item["id"] for item in untagged["properties"]]


def test_a_free_text_field_lists_no_values_and_a_choice_does(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    fields = {item["label"]: item["id"] for item in api.get("/configuration/job-properties").json()["content"]}
    text = api.get(f"/configuration/job-properties/{fields['Crosschq tag']}/values").json()
    assert text == {"totalFound": 0, "content": []}
    choice = api.get(f"/configuration/job-properties/{fields['Budget level']}/values", params={"pageSize": 2}).json()
    assert (choice["totalFound"], len(choice["content"])) == (3, 2)
    rest = {"pageSize": "2", "pageId": choice["nextPageId"]}
    second = api.get(f"/configuration/job-properties/{fields['Budget level']}/values", params=rest).json()
    assert [item["label"] for item in second["content"]] == ["Level 3"]
    assert api.get("/configuration/job-properties/none/values").status_code == 404


def test_a_changed_tag_appears_on_the_job(sandbox: Running) -> None:
    job = sandbox.job("Sales Lead")
    sandbox.act("job-tag", job_id=job, tag="sales")
    api = sandbox.api(sandbox.connect())
    labels = [item["value"]["label"] for item in api.get(f"/jobs/{job}").json()["properties"]]
    assert "sales" in labels
    sandbox.act("job-tag", job_id=job, tag="")
    labels = [item["value"]["label"] for item in api.get(f"/jobs/{job}").json()["properties"]]
    assert "sales" not in labels


def test_jobs_page_by_cursor_only_when_sorted_by_id(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    first = api.get("/jobs", params={"sort": "job_id", "limit": 4})
    assert "properties" not in first.json()["content"][0]
    second = api.get(first.links["next"]["url"]).json()
    ids = [job["id"] for job in first.json()["content"] + second["content"]]
    assert len(set(ids)) == first.json()["totalFound"] == 6
    assert "nextPageId" not in second
    wrong = api.get("/jobs", params={"pageId": first.json()["nextPageId"]})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (400, "INVALID_PAGE_ID")
    assert "nextPageId" not in api.get("/jobs", params={"limit": 2}).json()
    assert api.get("/jobs", params={"q": "sales"}).json()["totalFound"] == 1


def test_the_status_history_of_a_job_names_its_status_and_creator(sandbox: Running) -> None:
    api = sandbox.admin()
    job = api.get(f"/jobs/{sandbox.job('Sales Lead')}").raise_for_status().json()
    history = api.get(f"/jobs/{job['id']}/status/history").raise_for_status().json()
    (entry,) = history["content"]
    assert (history["totalFound"], entry["status"], entry["changedOn"]) == (1, job["status"], job["createdOn"])
    maker = api.get(entry["actions"]["user"]["url"]).raise_for_status().json()
    assert maker["id"] == job["creator"]["id"]
    hidden = sandbox.as_user("Priya Nair").get(f"/jobs/{sandbox.job('Data Analyst')}/status/history")
    assert refusal(hidden) == (401, "ACCESS_DENIED")


def test_a_hiring_team_names_users_by_id_and_role(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    team = api.get(f"/jobs/{sandbox.job('Backend Engineer')}/hiring-team").raise_for_status().json()
    assert {member["role"] for member in team["content"]} == {"HIRING_MANAGER", "RECRUITER", "COORDINATOR"}
    recruiter = next(member for member in team["content"] if member["role"] == "RECRUITER")
    user = api.get(recruiter["actions"]["details"]["url"]).raise_for_status().json()
    assert (user["email"], user["active"]) == ("dana.ruiz@acme.example", True)


def test_steps_are_listed_by_name_and_one_process_lacks_the_crosschq_step(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    found = api.get("/configuration/hiring-processes").raise_for_status().json()["content"]
    lacking = [p["name"] for p in found if not any("Crosschq" in names for names in p["subStatuses"].values())]
    assert lacking == ["Interns"]
    assert api.get(f"/configuration/hiring-processes/{found[0]['id']}").json() == found[0]


def test_the_company_and_the_token_owner_can_be_read(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    company = api.get("/configuration/company").json()
    assert (company["identifier"], company["name"]) == ("acme-gmbh", "Acme GmbH")
    me = api.get(f"{USERS}/me").json()
    assert (me["firstName"], me["systemRole"]["id"]) == ("Ada", "ADMINISTRATOR")
    assert "role" not in me


def test_the_paged_user_list_includes_inactive_and_unreachable_users(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect())
    first = api.get(USERS, params={"limit": 4}).json()
    rest = {"limit": "4", "pageId": first["nextPageId"]}
    users = first["content"] + api.get(USERS, params=rest).json()["content"]
    assert len(users) == 6
    assert [user["lastName"] for user in users if not user["active"]] == ["Petrova"]
    assert api.get(USERS, params={"q": "ruiz"}).json()["content"][0]["firstName"] == "Dana"
    assert api.get(USERS, params={"q": "ru"}).status_code == 400
    assert api.get(f"{USERS}/none").status_code == 404


def test_reading_users_requires_a_grant_from_a_user_manager(sandbox: Running) -> None:
    api = sandbox.api(sandbox.connect(user="Dana Ruiz"))
    assert api.get(f"{USERS}/me").status_code == 200
    refused = api.get(f"{USERS}/{sandbox.user('Priya Nair')}")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "PERMISSION_DENIED")
