"""A product that starts over in a folder, or on a cache, that an earlier one used doesn't meet that one's stamp."""

from __future__ import annotations

from django.core.cache import cache

from crosschq.core.restore import stamp
from scripts.stack import databases
from scripts.stack.environment import STAMP_FILE
from scripts.stack.stack import STAMP_KEY, Stack

NAME = "first_database"


def test_the_stack_and_the_cache_use_the_same_key_for_the_stamp() -> None:
    assert cache.make_key(stamp.CACHE_KEY) == STAMP_KEY


def test_the_first_database_comes_without_the_stamp_of_an_earlier_one(stack: Stack) -> None:
    written = stack.folder.path / STAMP_FILE
    written.write_text("{}", encoding="utf-8")
    try:
        stack.create_first_database(NAME)
        assert not written.exists()
        assert databases.database_exists(stack.owner_url("postgres"), NAME)
    finally:
        databases.drop_database(stack.owner_url("postgres"), NAME)
