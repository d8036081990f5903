"""Runs the cases, validates every exchange, and records the results for the table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from tests.contract import oracle
from tests.contract.all_cases import CASES
from tests.contract.cases import Case
from tests.contract.oracle import Judge
from tests.contract.stage import Exchange, Stage
from tests.sandbox.running import Running

# Documented errors that can't be produced, and why.
UNREACHED = {
    ("GET /candidates", 400, "ONBOARDING_STATUS_NOT_ACTIVE"): "the sandbox has no onboarding",
    ("GET /candidates/attachments/{attachmentId}", 403, "MALWARE_DETECTED"): "the sandbox looks for no malware",
    ("GET /users", 400, "INVALID_PAGE_ID"): "it pages by offset; the code came with the newer API's cursors",
    ("POST /messages/shares", 400, "TOO_MANY_RECIPIENTS"): "takes a company of more than a hundred users",
}
Error = tuple[str, int, str]


@dataclass
class Ledger:
    """`reached`: errors that matched the document. `played`: each case with its failure, if it failed."""

    sandbox: Running
    judge: Judge
    played: dict[str, Exception | None] = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)
    requests: dict[str, int] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    reached: set[Error] = field(default_factory=set)
    exchanges: dict[str, list[Exchange]] = field(default_factory=dict)

    def exchanges_of(self, case: Case) -> list[Exchange]:
        self.play(case)
        return self.exchanges[str(case)]

    def play(self, case: Case) -> None:
        """Raises this case's failure, every time it is called."""
        if str(case) not in self.played:
            try:
                self._play(case)
                self.played[str(case)] = None
            except Exception as problem:
                self.played[str(case)] = problem
        failure = self.played[str(case)]
        if failure is not None:
            raise failure

    def play_all(self, cases: Iterable[Case] = CASES) -> list[str]:
        """The names of the failed cases."""
        failed = []
        for case in cases:
            try:
                self.play(case)
            except Exception as problem:
                failed.append(f"{case}: {problem}")
        return failed

    def _play(self, case: Case) -> None:
        self.sandbox.act("reset")
        stage = Stage(self.sandbox)
        try:
            with stage.lit():
                if case.raises is None:
                    case.act(stage)
                else:
                    with pytest.raises(case.raises) as raised:
                        case.act(stage)
                    assert raised.type is case.raises
                    assert raised.value.sentence
        finally:
            self.sandbox.close_clients()
        self.exchanges[str(case)] = stage.wire.exchanges
        for exchange in stage.wire.exchanges:
            self._judge(exchange)
        last = [exchange for exchange in stage.wire.exchanges if exchange.endpoint == case.endpoint][-1]
        if case.error is None:
            assert last.answer.ok
        else:
            status, code = case.error
            assert last.error == (status, code or last.error[1])
            self.reached.add((case.endpoint, status, code))

    def _judge(self, exchange: Exchange) -> None:
        if exchange.ours or exchange.answer.ok:
            self.judge.check_request(exchange.request, exchange.endpoint)
            self.requests[exchange.endpoint] = self.requests.get(exchange.endpoint, 0) + 1
        self.ours |= {exchange.endpoint} if exchange.ours else set()
        self.judge.check_answer(exchange.answer)
        if exchange.answer.ok:
            self.answers[exchange.endpoint] = self.answers.get(exchange.endpoint, 0) + 1

    def table(self, endpoints: Iterable[str]) -> str:
        """A Markdown table with a row per operation: request valid, success valid, each documented error."""
        lines = ["| Operation | request valid | success valid | documented errors |", "|---|---|---|---|"]
        for endpoint in sorted(endpoints, key=lambda name: (name.partition(" ")[2], name)):
            errors = "; ".join(self._told(endpoint, status, code) for status, code in sorted(wanted(endpoint)))
            counts = (_yes(self.requests.get(endpoint, 0)), _yes(self.answers.get(endpoint, 0)))
            lines.append(f"| {endpoint} | {counts[0]} | {counts[1]} | {errors or 'none documented'} |")
        return "\n".join([*lines, ""])

    def _told(self, endpoint: str, status: int, code: str) -> str:
        name = f"{status} {code}".strip()
        if (endpoint, status, code) in self.reached:
            return f"{name} ✓"
        return f"{name} ✗ ({UNREACHED.get((endpoint, status, code), 'MISSING')})"


def wanted(endpoint: str) -> set[tuple[int, str]]:
    """The errors that the vendor documents for an operation; RFC 6749 for the token endpoint."""
    if endpoint == oracle.TOKEN_ENDPOINT:
        return {(case.error[0], case.error[1]) for case in CASES if case.endpoint == endpoint and case.error}
    return oracle.documented_errors(endpoint)


def _yes(count: int) -> str:
    return f"✓ ({count})" if count else "✗"
