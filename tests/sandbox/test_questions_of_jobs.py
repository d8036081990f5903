"""Open questions 20 and 27: how a job shows its free-text field, and whether it names its hiring process."""

from __future__ import annotations

from tests.sandbox.running import Running
from tests.sandbox.test_company_changes import shown


def test_a_text_field_may_have_an_id_or_not_be_shown(sandbox: Running) -> None:
    assert shown(sandbox) == {"label": "eng"}
    sandbox.act("switches", text_field_value="label_and_id")
    assert shown(sandbox)["label"] == "eng"
    assert shown(sandbox)["id"]
    sandbox.act("switches", text_field_value="missing", empty_text_field="null_label")
    assert shown(sandbox) is None
    assert shown(sandbox, job="Sales Lead") is None
    assert shown(sandbox, "Budget level")["label"] == "Level 2"


def test_an_empty_text_field_may_be_there(sandbox: Running) -> None:
    assert shown(sandbox, job="Sales Lead") is None
    sandbox.act("switches", empty_text_field="empty_value")
    assert shown(sandbox, job="Sales Lead") == {}
    sandbox.act("switches", empty_text_field="null_label")
    assert shown(sandbox, job="Sales Lead") == {"label": None}
    assert shown(sandbox) == {"label": "eng"}


def test_a_job_may_name_its_hiring_process(sandbox: Running) -> None:
    api, url = sandbox.admin(), f"/jobs/{sandbox.job('Marketing Intern')}"
    assert "hiringProcess" not in api.get(url).json()
    sandbox.act("switches", job_names_process=True)
    assert api.get(url).json()["hiringProcess"]["name"] == "Interns"
