"""Search what is kept outside the database: the cache and the queue (Valkey), and files."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.files.storage import Storage, default_storage
from django.utils.translation import gettext as _

from crosschq.core.outbox import work_item
from crosschq.privacy.proof.words import is_in, spellings


def search_valkey(words: Iterable[str]) -> tuple[int, int]:
    """How many keys the cache and the queue have, and how many contain one of these words. Raises RedisError."""
    spelled, keys, found = spellings(words), 0, 0
    for url in {settings.CACHES["default"]["LOCATION"], settings.CELERY_BROKER_URL}:
        client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        try:
            for key in client.scan_iter(count=500):
                keys += 1
                found += any(is_in(value, spelled) for value in (key, *_values(client, key)))
        finally:
            client.close()
    return keys, found


def _values(client: Any, key: bytes) -> Iterator[bytes]:
    """The stored bytes of a key of any type."""
    match client.type(key):
        case b"string":
            yield client.get(key) or b""
        case b"list":
            yield from client.lrange(key, 0, -1)
        case b"set":
            yield from client.smembers(key)
        case b"zset":
            yield from client.zrange(key, 0, -1)
        case b"hash":
            for name, value in client.hgetall(key).items():
                yield from (name, value)


def search_files(words: Iterable[str]) -> tuple[int, list[str]]:
    """How many files we keep, and the names of those that contain one of these words."""
    spelled, count, found = spellings(words), 0, []
    for name, content in _files():
        count += 1
        if is_in(content, spelled) or is_in(name, spelled):
            found.append(name)
    return count, found


def _files() -> Iterator[tuple[str, bytes]]:
    for kept in (settings.ERASURE_LEDGER, settings.RESTORE_STAMP_FILE):
        if kept and Path(kept).exists():
            yield Path(kept).name, Path(kept).read_bytes()
    if settings.SENT_LEDGER:
        for file in sorted(Path(settings.SENT_LEDGER).glob("*")):
            yield file.name, file.read_bytes()
    yield from _stored(default_storage, "")


def _stored(storage: Storage, folder: str) -> Iterator[tuple[str, bytes]]:
    """Path and content of each file in the folder. Raises GiveUp if the storage can't list files."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:  # nothing was stored yet
        return
    except NotImplementedError as error:
        raise work_item.GiveUp(_("The file storage can't list its files, so they can't be searched.")) from error
    for name in files:
        path = f"{folder}{name}"
        with storage.open(path) as file:
            yield path, file.read()
    for name in folders:
        yield from _stored(storage, f"{folder}{name}/")
