"""Two machines that can't read each other's disks have their own ledgers. After a restore, all of them are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from pytest_django import Settings

from crosschq.core import clock
from crosschq.core.models import Heartbeat, Installation
from crosschq.core.outbox.work_item import WorkItem, WorkState
from crosschq.core.provided import Provided
from crosschq.core.restore import ledgers, mode, sent_ledger, stamp
from crosschq.core.restore.held import Known
from tests.core.jobs import change, make_work, reread
from tests.factories import make_organization

pytestmark = pytest.mark.django_db
OnMachine = Callable[[str], None]


@pytest.fixture
def on_machine(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OnMachine:
    """Let this process act as a worker that just started on that machine."""

    def be(name: str) -> None:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        settings.RESTORE_STAMP_FILE = str(folder / "stamp.json")
        settings.SENT_LEDGER = str(folder / "sent")
        settings.ERASURE_LEDGER = str(folder / "erasures.jsonl")
        monkeypatch.setattr("platform.node", lambda: name)
        monkeypatch.setattr(mode, "_read_for", None)
        monkeypatch.setattr(mode, "replay_erasures", Provided("of this test"))
        mode.replay_erasures.provide(lambda: 1)

    return be


@pytest.fixture(autouse=True)
def two_machines(on_machine: OnMachine) -> Iterator[None]:
    """Both worked until the backup was made."""
    cache.delete(stamp.CACHE_KEY)
    for name in ("first", "second"):
        on_machine(name)
        stamp.advance()
    yield
    cache.delete(stamp.CACHE_KEY)


def went_out(item: WorkItem) -> None:
    """This machine did it after the backup; the restored database doesn't know."""
    sent_ledger._append(item._meta.label, str(item.uid))


def restore() -> None:
    backup = clock.now() - timedelta(hours=1)
    Installation.objects.update(number=0, at=backup)
    Installation.objects.update(number=1)
    Heartbeat.objects.update(at=backup)
    mode.enter("a test")


def names(kind: str) -> list[str]:
    return [name.partition("-")[0] for name in ledgers.missing(kind, Installation.objects.get())]


def command(name: str, *arguments: str, **options: object) -> str:
    said = StringIO()
    call_command(name, *arguments, stdout=said, **options)
    return said.getvalue()


def test_nothing_counts_as_not_sent_before_every_machine_has_compared_its_own_ledger(on_machine: OnMachine) -> None:
    organization = make_organization()
    by_first, by_second, by_nobody = (make_work(organization, name) for name in ("first", "second", "nobody"))
    on_machine("second")
    went_out(by_second)
    on_machine("first")
    went_out(by_first)
    restore()
    assert not mode.catch_up()
    assert (names(ledgers.SENT), names(ledgers.ERASURES)) == (["second"], ["second"])
    known = [reread(each).held_for for each in (by_first, by_second, by_nobody)]
    assert known == [Known.WENT_OUT, Known.NOTHING, Known.NOTHING]
    on_machine("second")
    assert mode.catch_up()
    known = [reread(each).held_for for each in (by_first, by_second, by_nobody)]
    assert known == [Known.WENT_OUT, Known.WENT_OUT, Known.NOT_SENT]
    assert Installation.objects.get().erasures == 2
    assert command("read_ledgers") == "Every ledger has been read.\n"


def test_until_every_machine_has_repeated_its_erasures_nothing_goes_out(on_machine: OnMachine) -> None:
    """Work that looks in the ATS first, such as an export, could bring an erased person back there."""
    item = make_work(make_organization())
    on_machine("first")
    restore()
    mode.catch_up()
    assert Installation.objects.get().compared_at is None
    assert "These ledgers of erasures haven't been read, so erased people may be back: second-" in command(
        "restore_status"
    )
    with pytest.raises(CommandError, match="These ledgers of erasures"):
        call_command("release_held")
    assert reread(item).state == WorkState.HELD
    change(item, state=WorkState.CANCELLED)
    assert not mode.end_if_decided()
    on_machine("second")
    mode.catch_up()
    assert mode.end_if_decided()


def test_copies_of_a_lost_machines_ledgers_can_be_read_elsewhere(on_machine: OnMachine) -> None:
    item = make_work(make_organization())
    on_machine("second")
    went_out(item)
    on_machine("first")
    restore()
    mode.catch_up()
    # With SENT_LEDGER and ERASURE_LEDGER naming the copies.
    on_machine("second")
    assert command("read_ledgers") == "Every ledger has been read.\n"
    assert reread(item).held_for == Known.WENT_OUT


def test_without_a_lost_machines_ledgers_work_goes_on_and_nothing_counts_as_not_sent(on_machine: OnMachine) -> None:
    item = make_work(make_organization())
    on_machine("first")
    restore()
    mode.catch_up()
    (lost,) = ledgers.missing(ledgers.ERASURES, Installation.objects.get())
    with pytest.raises(CommandError, match="isn't a missing ledger"):
        call_command("read_ledgers", lost="third")
    said = command("read_ledgers", lost=lost)
    assert "These ledgers of what went out haven't been read: second-" in said
    assert "ledgers of erasures" not in said
    assert mode.catch_up()
    assert reread(item).held_for == Known.NOTHING


def test_machines_that_share_their_folders_have_one_ledger(on_machine: OnMachine, settings: Settings) -> None:
    shared = settings.SENT_LEDGER, settings.ERASURE_LEDGER
    on_machine("third")
    settings.SENT_LEDGER, settings.ERASURE_LEDGER = shared
    ledgers.keep_in_use()
    assert Heartbeat.objects.filter(name__startswith="sent:").count() == 2


def test_a_machine_that_was_gone_before_the_backup_is_not_missing(on_machine: OnMachine) -> None:
    on_machine("first")
    restore()
    Heartbeat.objects.filter(name__contains=":second-").update(at=clock.now() - timedelta(hours=4))
    assert mode.catch_up()
    assert ledgers.are_complete(ledgers.SENT, Installation.objects.get())


def test_a_ledger_without_a_disk_is_not_in_use(settings: Settings) -> None:
    Heartbeat.objects.all().delete()
    settings.SENT_LEDGER = "/proc/nowhere"
    settings.ERASURE_LEDGER = ""
    ledgers.keep_in_use()
    assert not Heartbeat.objects.exists()
