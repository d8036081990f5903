"""Actions on a question or survey that someone else deletes at the same time."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.test import Client
from django.urls import reverse

from crosschq.tenancy.models import Role
from crosschq.tenancy.scope import tenant
from templates_app.models import DraftQuestion, Survey
from templates_app.surveys import draft_questions, edit
from tests.factories import make_member, make_organization, signed_in
from tests.locks import waits_for_a_lock
from tests.patience import SECONDS
from tests.requests_app.factories import in_thread
from tests.templates_app.survey_factories import drafted, make_survey, values

pytestmark = pytest.mark.django_db(transaction=True)
TYPED = {"text": "How is {name}?", "self_text": "How are you?", "name": "Another name"}


def press(pool: ThreadPoolExecutor, admin: Client, path: str, data: dict[str, str]) -> Future[int]:
    """Post in a thread, which waits while the rows are locked."""
    pressed = pool.submit(in_thread, lambda: admin.post(path, data).status_code)
    waits_for_a_lock(pressed)
    return pressed


def test_actions_on_concurrently_deleted_rows_get_a_404() -> None:
    organization = make_organization()
    admin = signed_in(Client(), make_member(organization, Role.ADMIN))

    def pressed_while(name: str, data: dict[str, str], act: Callable[[Survey, DraftQuestion], None]) -> int:
        start = values("long_text"), values("yes_no", position=2)
        survey = make_survey(organization, *start, name=f"Survey {next(number)}", published=True)
        question = drafted(survey)[0]
        more = {"arrange": str(question.uid), "question": str(question.uid), "add_question": "yes-no"}.get(name)
        path = reverse(f"surveys:{name}", args=[organization.slug, survey.uid, *([more] if more else [])])
        with ThreadPoolExecutor(1) as pool:
            with tenant(organization):
                act(survey, question)
                pressed = press(pool, admin, path, data)
            return pressed.result(SECONDS)

    number = itertools.count(1)
    without_question = [
        pressed_while(name, data, lambda _survey, question: draft_questions.remove(question=question))
        for name, data in (("arrange", {"act": "up"}), ("arrange", {"act": "duplicate"}), ("question", TYPED))
    ]
    assert without_question == [404] * 3
    without_survey = [
        pressed_while(name, TYPED, lambda survey, _question: edit.delete_survey(survey=survey, actor=None))
        for name in ("publish", "discard", "rename", "add_question")
    ]
    assert without_survey == [404] * 4
