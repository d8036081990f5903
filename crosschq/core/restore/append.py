"""Appending to a file outside the database to which several processes write lines."""

import os
from pathlib import Path


def append_line(path: Path | str, line: str, *, sync: bool = False) -> None:
    """Append a line, after ending one that a crash or a full disk cut off. Raises OSError if it isn't complete.

    sync: wait until it is on disk.
    """
    # In this mode, a single write of a few hundred bytes isn't mixed with another process's.
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(file).st_size
        is_cut_off = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        content = ("\n" * is_cut_off + line + "\n").encode()
        if os.write(file, content) != len(content):
            raise OSError("the disk is full")
        if sync:
            os.fsync(file)
    finally:
        os.close(file)
