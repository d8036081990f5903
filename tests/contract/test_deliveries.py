"""The sandbox's deliveries match the vendor's document, and the product accepts them as genuine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from openapi_core.exceptions import OpenAPIError
from requests.structures import CaseInsensitiveDict

from connectors.smartrecruiters.events import CANDIDATE_DELETED, EVENTS, JOB_CHANGED, MOVED, TEAM_CHANGED
from connectors.smartrecruiters.signature import Delivery, is_genuine, sign
from tests.contract import oracle
from tests.contract.cases_of_webhooks import subscribed
from tests.contract.stage import Stage
from tests.sandbox.receiver import Received
from tests.sandbox.running import Running


def move(stage: Stage) -> None:
    ids = {"candidate_id": stage.candidate(), "job_id": stage.job()}
    stage.sandbox.act("move", **ids, status="INTERVIEW", sub_status="Crosschq")


def tag(stage: Stage) -> None:
    stage.sandbox.act("job-tag", job_id=stage.job(), tag="other")


def join(stage: Stage) -> None:
    stage.sandbox.act("team/join", job_id=stage.job(), user_id=stage.sandbox.user("Erik Holm"), role="EXECUTIVE")


def delete(stage: Stage) -> None:
    stage.sandbox.act("delete", candidate_id=stage.candidate())


CAUSES: dict[str, Callable[[Stage], None]] = {
    MOVED: move,
    JOB_CHANGED: tag,
    TEAM_CHANGED: join,
    CANDIDATE_DELETED: delete,
}


def request_of(received: Received, event: str) -> requests.PreparedRequest:
    url = oracle.API + oracle.callback_endpoint(event).partition(" ")[2]
    return requests.Request("POST", url, headers=received.headers, data=received.body).prepare()


def test_every_event_that_we_subscribe_to_is_triggered_here() -> None:
    assert CAUSES.keys() == set(EVENTS)


@pytest.mark.parametrize("event", CAUSES)
def test_a_delivery_matches_the_document_and_is_genuine(
    event: str, vendors_documents: None, contract_sandbox: Running
) -> None:
    stage = Stage(contract_sandbox)
    with stage.lit(), subscribed(stage) as (client, webhook_id, receiver):
        key = client.create_signing_key(webhook_id)
        candidate_id = stage.candidate()
        CAUSES[event](stage)
        contract_sandbox.settle()
        (received,) = receiver.callbacks
        headers = CaseInsensitiveDict(received.headers)
        delivered = stage.vendor().read_delivery(headers=headers, body=received.body, keys=[key])
        assert delivered
        assert (delivered.event_name, delivered.event_id) == (event, received.event_id)
        parsed = stage.vendor().parse_event(event, received.body)
        assert (parsed.candidate_id if event == CANDIDATE_DELETED else parsed.job_id) in (candidate_id, stage.job())
    judge, endpoint = oracle.judge_of_callbacks(EVENTS), oracle.callback_endpoint(event)
    judge.check_request(request_of(received, event), endpoint)
    received.headers.pop("event-id")
    with pytest.raises(OpenAPIError):
        judge.check_request(request_of(received, event), endpoint)


def test_the_vendors_published_signature_is_reproduced(vendors_documents: None) -> None:
    vectors: list[dict[str, Any]] = [v for v in oracle.listed("signature_vectors.json")["vectors"] if "body" in v]
    assert [vector["origin"] for vector in vectors].count("official") == 1
    for vector in vectors:
        delivery = Delivery(
            body=vector["body"].encode(),
            timestamp=vector["smartrecruiters-timestamp"],
            event_id=vector["event-id"],
            event_name=vector["event-name"],
            event_version=vector["event-version"],
            link=vector["link"],
            signature=f"v1={vector['v1']}",
        )
        assert sign(delivery, vector["secretKey"]) == vector["v1"]
        assert is_genuine(delivery, [vector["secretKey"]])
