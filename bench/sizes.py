"""Bytes of each table and its indexes per request, from a seeded database, and what a million requests take.

make bench NAME=sizes      (SCALE=0.02: of the million of `make bench NAME=pages`, whose database it shares)
"""

from __future__ import annotations

import argparse
import os

from bench import stage

REQUESTS, FEW = 1_000_000, 1_000
SIZES = """SELECT relname, pg_table_size(oid), pg_indexes_size(oid), greatest(reltuples, 0)::bigint FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""
# Below this share of the whole, tables are summed up.
SHOWN = 0.01


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--scale", type=float, default=0.02)
    requests = int(REQUESTS * arguments.parse_args().scale)
    os.environ.update(STATIC_MANIFEST="false", RESTORE_STAMP_FILE="")
    stage.ready()
    from bench.pages import prepare

    few, many = ({name: row for name, *row in read(url)} for url in prepare.prepared(FEW, requests))
    # What both have doesn't grow with requests: accounts, templates, surveys.
    grown = {name: [now - then for now, then in zip(many[name], few[name], strict=True)] for name in many}
    added = requests - FEW
    total = sum(data + indexes for data, indexes, _rows in grown.values())
    print(f"{'table':36} {'rows':>9} {'data':>9} {'indexes':>9}   for each request")
    rest = 0
    for name, (data, indexes, rows) in sorted(grown.items(), key=lambda item: -item[1][0] - item[1][1]):
        if data + indexes < SHOWN * total:
            rest += data + indexes
            continue
        print(f"{name:36} {rows / added:9.2f} {data / added:9,.0f} {indexes / added:9,.0f} bytes")
    print(f"{'all other tables':36} {rest / added:29,.0f} bytes")
    print(f"{'all':36} {total / added:29,.0f} bytes; a million requests: {total / added / 1000:.2f} GB")


def read(url: str) -> list[tuple[str, int, int, int]]:
    """The name of each table, the bytes of its data and of its indexes, and its rows."""
    from scripts.stack.databases import cursor

    with cursor(url) as sql:
        sql.execute(SIZES)
        return sql.fetchall()


if __name__ == "__main__":
    main()
