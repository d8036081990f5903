"""What the connection page says after a sign-in is lost, renewed, or renewed by someone without rights."""

from __future__ import annotations

import html

import pytest

from connectors.models import BackgroundTask, Connection
from crosschq.core.outbox import work_item
from crosschq.core.outbox.work_item import WorkState
from crosschq.tenancy.scope import tenant
from tests.connectors.setup.test_status import pill
from tests.vendor import CALLBACK
from tests.webhooks.scene import MAYA, Scene, revoke
from webhooks import connection_jobs
from webhooks.models import ConnectionJob


@pytest.mark.parametrize("user", ["Dana Ruiz", "Priya Nair"])
def test_a_new_sign_in_by_someone_without_rights_never_looks_connected(scene: Scene, user: str) -> None:
    assert scene.move(MAYA).outcome == "sent.matched"
    assert pill(scene.read("connectors:manage").partition('id="status"')[2]) == "Connected"
    answer = scene.vendor.consent(scene.browser.post(scene.url("connectors:connect"))["Location"], user=user)
    back = scene.browser.get(CALLBACK, answer)
    between = html.unescape(scene.browser.get(back["Location"]).content.decode())
    work_item.drain(BackgroundTask)
    after = html.unescape(scene.browser.get(back["Location"]).content.decode())
    assert pill(after.partition('id="status"')[2]) == "Needs attention"
    assert 'class="banner success"' not in after
    assert "Connected" in between, "until the worker has signed in, the earlier sign-in is the one that counts"


def task_of(scene: Scene) -> BackgroundTask:
    with tenant(scene.live.organization):
        found: BackgroundTask = BackgroundTask.objects.latest("pk")
    return found


def test_a_lost_sign_in_takes_back_what_a_finished_task_said(scene: Scene) -> None:
    scene.press("connectors:check")
    task = task_of(scene)
    assert (task.state, "Checked" in html.unescape(scene.browser.get(task.url).content.decode())) == (
        WorkState.DONE,
        True,
    )
    revoke(scene)
    scene.move(MAYA)
    text = html.unescape(scene.browser.get(task.url).content.decode())
    assert "Checked" not in text
    access = scene.read("connectors:access")
    assert "Sign-in works" not in access
    assert "Unknown until the next sign-in" in access


def test_a_setup_that_later_work_finished_is_no_longer_a_problem(scene: Scene) -> None:
    with tenant(scene.live.organization):
        Connection.objects.update(problem="SmartRecruiters is busy or down.")
    assert "isn't finished" in scene.read("connectors:manage")
    connection_jobs.plan()
    work_item.drain(ConnectionJob)
    assert scene.connection().problem == ""
