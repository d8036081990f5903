"""What the demo prints while it runs, and how it ends when a step fails."""

from __future__ import annotations

import io
import signal
from pathlib import Path

import pytest

from scripts.demo import __main__ as demo
from scripts.demo.person import NotThere
from scripts.demo.story import Step


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def fail() -> str:
    raise NotThere("On “Requests” there is no link “Ready”.")


def test_each_step_prints_a_line_of_evidence() -> None:
    out = io.StringIO()
    demo.play([Step("One is done", lambda: "One was done"), Step("Two is done", lambda: "Two was done")], out=out)
    first, second = out.getvalue().splitlines()
    assert first.startswith("[1/2] One was done")
    assert second.startswith("[2/2] Two was done")


def test_a_terminal_shows_the_current_step() -> None:
    out = Terminal()
    demo.play([Step("One is done", lambda: "One was done")], out=out)
    assert "[1/1] One is done …" in out.getvalue()
    assert out.getvalue().rpartition("\r\033[K")[2].startswith("[1/1] One was done")


def test_a_failed_step_is_named_with_the_reason() -> None:
    steps = [Step("One is done", lambda: "One was done"), Step("The report is opened", fail)]
    with pytest.raises(demo.StepFailed, match=r"\[2/2\] The report is opened: failed\. On “Requests” there is no link"):
        demo.play(steps, out=io.StringIO())


def test_a_failed_step_ends_the_demo_with_1_and_says_where_the_logs_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def play(folder: Path, *, once: bool) -> float:
        return demo.play([Step("The report is opened", fail)])

    monkeypatch.setattr(demo, "demo", play)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert demo.main(["--once", "--folder", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "[1/1] The report is opened: failed." in printed
    assert printed.rstrip().endswith(f"Logs: {tmp_path / 'logs'}")


@pytest.mark.parametrize("failing", [False, True], ids=["finished", "failed"])
def test_no_timer_is_left_that_could_end_the_process_while_it_shuts_down(
    failing: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def play(folder: Path, *, once: bool) -> float:
        assert signal.getitimer(signal.ITIMER_REAL) != (0, 0)
        return demo.play([Step("The report is opened", fail)] if failing else [])

    monkeypatch.setattr(demo, "demo", play)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    demo.main(["--once", "--folder", str(tmp_path)])
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
