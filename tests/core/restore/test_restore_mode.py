"""After the database was restored from a backup, nothing goes out that may have gone out before."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.backends.dummy import DummyCache
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings
from structlog.testing import capture_logs

from crosschq.core import clock
from crosschq.core.models import Heartbeat, Installation
from crosschq.core.outbox import alarm, work_item
from crosschq.core.outbox.after_restore import AfterRestore
from crosschq.core.outbox.work_item import WorkState
from crosschq.core.provided import Provided
from crosschq.core.restore import held, ledgers, mode, sent_ledger, stamp
from crosschq.core.restore.held import HELD_FOR, Known
from crosschq.messaging.models import Message
from tests.core.jobs import Performer, change, make_work, reread
from tests.factories import make_organization

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stamp_file(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A database that workers have used for a while, and what they left outside of it."""
    file = tmp_path / "stamp.json"
    settings.RESTORE_STAMP_FILE = str(file)
    cache.delete(stamp.CACHE_KEY)
    for _ in range(3):
        assert not mode.check()
        stamp.advance()
    yield file
    cache.delete(stamp.CACHE_KEY)


def test_threads_that_write_the_stamp_file_together_leave_one_complete_file(
    stamp_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each thread would leave its own connection to the cache open.
    monkeypatch.setattr(stamp, "cache", DummyCache("", {}))
    stamps = [stamp.Stamp("u", number, "") for number in range(400)]
    with capture_logs() as lines, ThreadPoolExecutor(8) as threads:
        list(threads.map(stamp.keep_outside, stamps))
    assert lines == []
    assert stamp._from_file() in stamps
    assert list(stamp_file.parent.iterdir()) == [stamp_file]


def go_back(**changes: object) -> None:
    """Put the database in the state of a restored older backup."""
    backup = clock.now() - timedelta(hours=1)
    Installation.objects.update(**{"number": 2, "at": backup, **changes})
    Heartbeat.objects.update(at=backup)


def command(name: str, **options: object) -> str:
    said = StringIO()
    call_command(name, stdout=said, **options)
    return said.getvalue()


def test_a_worker_claims_nothing_in_a_restored_database_that_came_without_a_new_connection(
    monkeypatch: pytest.MonkeyPatch, stamp_file: Path
) -> None:
    """As behind a pooler. The next check puts the work on hold, even if nothing outside remembers."""
    make_work(make_organization())
    monkeypatch.setattr(stamp, "watching", True)
    assert not mode.check()
    stamp.advance()
    go_back()
    stamp_file.unlink()
    cache.delete(stamp.CACHE_KEY)
    assert work_item.claim(Message) is None
    assert mode.check()
    assert held.count()
    make_work(make_organization())
    assert work_item.claim(Message) is not None


def test_a_worker_claims_nothing_in_the_database_of_another_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    make_work(make_organization())
    monkeypatch.setattr(stamp, "watching", True)
    assert not mode.check()
    Installation.objects.update(uid=uuid.uuid4(), number=1000)
    assert work_item.claim(Message) is None


def test_a_database_that_was_not_restored_holds_nothing() -> None:
    item = make_work(make_organization())
    assert not mode.check()
    assert reread(item).state == WorkState.PENDING
    assert command("restore_status") == "The database wasn't restored. Nothing is held.\n"
    with pytest.raises(CommandError, match="isn't in restore mode"):
        call_command("release_held")


def test_another_worker_that_advances_the_number_during_the_check_is_not_a_restore(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = stamp.outside

    def read_after_another_counted_on() -> list[stamp.Stamp]:
        with monkeypatch.context() as unpatched:
            unpatched.setattr(stamp, "outside", read)
            stamp.advance()
        return read()

    monkeypatch.setattr(stamp, "outside", read_after_another_counted_on)
    assert not mode.check()


@pytest.mark.parametrize("left", ["file", "cache", "both"])
def test_an_older_database_holds_pending_work_and_says_so(stamp_file: Path, performer: Performer, left: str) -> None:
    item = make_work(make_organization(), "invitation")
    if left == "file":
        cache.delete(stamp.CACHE_KEY)
    if left == "cache":
        stamp_file.unlink()
    go_back()
    assert mode.check()
    assert (reread(item).state, reread(item).held_for) == (WorkState.HELD, HELD_FOR)
    work_item.drain(Message)
    assert performer.seen == []
    assert alarm.read_signs().alarms == ["database_restored"]
    said = command("restore_status")
    assert "an older state of the database" in said
    assert "1 of messaging.Message are held" in said


def test_the_check_runs_on_a_workers_new_connection_before_it_can_claim(
    performer: Performer,
) -> None:
    item = make_work(make_organization())
    go_back()
    mode._check_new_connection(connection=connection)
    work_item.drain(Message)
    assert (performer.seen, reread(item).state) == ([], WorkState.HELD)


def test_one_command_releases_everything(performer: Performer) -> None:
    item = make_work(make_organization(), "invitation")
    go_back()
    mode.check()
    assert "1 of messaging.Message released" in command("release_held")
    assert not mode.check()
    work_item.drain(Message)
    assert (performer.seen, reread(item).state) == (["invitation"], WorkState.DONE)
    assert alarm.read_signs().alarms == []


def test_what_went_out_before_is_dropped(performer: Performer) -> None:
    item = make_work(make_organization())
    go_back()
    mode.check()
    command("release_held", drop=True)
    work_item.drain(Message)
    assert (performer.seen, reread(item).state) == ([], WorkState.CANCELLED)


def test_the_erasures_since_the_backup_are_repeated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    replayed: list[str] = []

    def replay() -> int:
        replayed.append("now")
        return 7

    monkeypatch.setattr(mode, "replay_erasures", Provided("of this test"))
    mode.replay_erasures.provide(replay)
    go_back()
    mode.check()
    assert (mode.catch_up(), mode.catch_up(), replayed) == (True, False, ["now"])
    assert "7 erasures were repeated" in command("restore_status")


def test_a_worker_on_another_machine_repeats_the_erasures_of_its_own_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mode, "replay_erasures", Provided("of this test"))
    mode.replay_erasures.provide(lambda: 2)
    go_back()
    assert mode.check()
    mode.catch_up()
    monkeypatch.setattr(mode, "_read_for", None)
    mode.replay_erasures.provide(lambda: 3)
    mode.catch_up()
    assert "5 erasures were repeated" in command("restore_status")


def test_erasures_that_fail_do_not_count_as_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> int:
        raise RuntimeError("The ledger can't be read.")

    monkeypatch.setattr(mode, "replay_erasures", Provided("of this test"))
    mode.replay_erasures.provide(fail)
    go_back()
    mode.check()
    with pytest.raises(RuntimeError, match="ledger"):
        mode.catch_up()
    assert "No erasures have been repeated yet" in command("restore_status")


def test_what_happened_since_the_backup_waits_for_a_person() -> None:
    go_back()
    mode.check()
    now = clock.now()
    assert mode.may_be_lost(now - timedelta(minutes=30))
    assert not mode.may_be_lost(now - timedelta(hours=2))
    mode.release(drop=True)
    assert mode.may_be_lost(now - timedelta(minutes=30))
    assert not mode.may_be_lost(clock.now() + timedelta(minutes=1))


def test_another_server_that_has_everything_is_not_a_restore() -> None:
    """After pg_upgrade the cluster has another identity, and nothing is missing."""
    Installation.objects.update(system_identifier="1")
    assert not mode.check()
    assert Installation.objects.get().system_identifier == stamp.system_identifier()


def test_another_server_is_a_restore_if_nothing_outside_says_how_far_the_database_had_advanced(
    stamp_file: Path,
) -> None:
    stamp_file.unlink()
    cache.delete(stamp.CACHE_KEY)
    Installation.objects.update(system_identifier="1")
    assert mode.check()


def test_a_new_database_is_not_a_restore() -> None:
    Installation.objects.all().delete()
    assert not mode.check()
    stamp.advance()
    assert not mode.check()


@pytest.fixture
def ledger(settings: Settings, tmp_path: Path) -> Path:
    """This machine's ledger of what went out, which the backup knows of."""
    settings.SENT_LEDGER = str(tmp_path / "sent")
    ledgers.keep_in_use()
    return tmp_path / "sent"


def test_what_went_out_after_the_backup_is_known_by_the_ledger(
    ledger: Path, performer: Performer, django_capture_on_commit_callbacks: Any
) -> None:
    sent, waiting = make_work(make_organization(), "sent"), make_work(make_organization(), "waiting")
    change(waiting, available_at=clock.now() + timedelta(days=1))
    with django_capture_on_commit_callbacks(execute=True):
        work_item.drain(Message)
    (file,) = ledger.glob("*.log")
    assert file.read_text().split()[1:] == ["messaging.Message", str(sent.uid)]
    change(sent, state=WorkState.PENDING)
    go_back()
    mode.check()
    assert mode.catch_up()
    assert [(reread(each).held_for, reread(each).state) for each in (sent, waiting)] == [
        (Known.WENT_OUT, WorkState.HELD),
        (Known.NOT_SENT, WorkState.HELD),
    ]
    assert "It went out on" in reread(sent).reason
    assert "1 went out before" in command("restore_status")
    said = command("release_held", by_evidence=True)
    assert ("1 dropped" in said, "1 released" in said, "Restore mode has ended." in said) == (True, True, True)
    assert [reread(each).state for each in (sent, waiting)] == [WorkState.CANCELLED, WorkState.PENDING]


def test_a_ledger_that_the_backup_does_not_know_says_nothing_about_what_it_lacks(ledger: Path) -> None:
    item = make_work(make_organization())
    Heartbeat.objects.all().delete()
    (ledger / f"{clock.now():%Y-%m-%d}.log").write_text(f"{clock.now().isoformat()} messaging.Message other\nbroken")
    go_back()
    mode.check()
    mode.catch_up()
    assert reread(item).held_for == Known.NOTHING
    said = command("release_held", by_evidence=True)
    assert "1 are still held" in said
    assert mode.check()


def test_a_reminder_not_due_yet_is_not_held_since_it_cannot_have_gone_out() -> None:
    assert {model._meta.label for model in held.held_kinds() if model.after_restore is AfterRestore.WAITS_IF_DUE} == {
        "requests_app.Reminder"
    }


def test_restore_mode_ends_on_its_own_a_day_later_once_nothing_is_held() -> None:
    item = make_work(make_organization())
    go_back()
    mode.check()
    mode.catch_up()
    Installation.objects.update(restored_at=clock.now() - timedelta(days=2))
    mode.catch_up()
    assert mode.check()
    change(item, state=WorkState.CANCELLED)
    mode.catch_up()
    assert not mode.check()


def test_the_stamp_of_another_machine_starts_no_second_restore_mode(stamp_file: Path) -> None:
    other_machine = stamp_file.read_text()
    go_back()
    mode.check()
    mode.release(drop=False)
    stamp_file.write_text(other_machine)
    cache.delete(stamp.CACHE_KEY)
    assert not mode.check()


def test_old_files_of_the_ledger_are_deleted(ledger: Path) -> None:
    (ledger / "2026-01-01.log").touch()
    (ledger / f"{clock.now():%Y-%m-%d}.log").touch()
    assert sent_ledger.forget_old(now=clock.now()) == 1
    assert len(list(ledger.glob("*.log"))) == 1


def test_a_ledger_that_cannot_be_written_does_not_stop_the_work(
    settings: Settings, performer: Performer, django_capture_on_commit_callbacks: Any
) -> None:
    settings.SENT_LEDGER = "/proc/nowhere"
    item = make_work(make_organization())
    with capture_logs() as lines, django_capture_on_commit_callbacks(execute=True):
        work_item.drain(Message)
    assert reread(item).state == WorkState.DONE
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["not_in_sent_ledger"]
