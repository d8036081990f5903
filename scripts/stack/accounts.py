"""Which account PostgreSQL runs under. It refuses to run as root, so root needs a workaround.

The preferred one is a user namespace (user_namespaces(7)) in which root's files appear to belong to `nobody`: no file
changes its owner. If the kernel or a container forbids namespaces, the server runs as `nobody`, from copies under
/var/tmp of everything that `nobody` can't reach. No account is created, and no existing folder is changed.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import TypedDict

LINUX = sys.platform.startswith("linux")
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if LINUX else None


class Identity(TypedDict, total=False):
    """Arguments for ``subprocess.Popen`` that change the account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, kw_only=True)
class Account:
    description: str
    namespace_uid: int | None = None
    """The user id that root's files show inside a private user namespace; None: no namespace."""
    identity: Identity
    """Empty: the account of this process."""

    @property
    def is_other(self) -> bool:
        return bool(self.identity)


CURRENT = Account(description="the current user", identity={})


def for_postgres(program: Path, folder: Path, *, namespaces: bool = True) -> Account:
    """The account for running ``program`` with its data in ``folder``. ``namespaces=False`` skips the preferred way."""
    if os.geteuid() != 0:
        return CURRENT
    nobody = pwd.getpwnam("nobody")
    if namespaces and LINUX:
        inside = Account(description="root in a user namespace", namespace_uid=nobody.pw_uid, identity={})
        if can_use(inside, program, folder):
            return inside
    identity = Identity(user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    return Account(description="nobody", identity=identity)


def can_use(account: Account, program: Path, folder: Path | None = None) -> bool:
    """Whether the account can run the program and write to the folder."""
    check = 'test -x "$1" && { test -z "$2" || test -w "$2"; }'
    command = ["sh", "-c", check, "sh", str(program), str(folder or "")]
    try:
        tried = subprocess.run(
            command, cwd="/", preexec_fn=child_setup(Signals.SIGKILL, account), check=False, **account.identity
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return tried.returncode == 0


def child_setup(death_signal: Signals, account: Account = CURRENT) -> Callable[[], None]:
    """A ``preexec_fn`` that enters the account's namespace and requests ``death_signal`` (prctl(2)).

    The kernel watches the thread that started the child, so start children from the main thread.
    """
    starter = os.getpid()

    def setup() -> None:
        if _libc is None:
            return
        if account.namespace_uid is not None:
            _enter_namespace(_libc, account.namespace_uid)
        _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != starter:
            os._exit(1)

    return setup


def _enter_namespace(libc: ctypes.CDLL, uid: int) -> None:
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (("setgroups", "deny"), ("gid_map", f"{uid} 0 1"), ("uid_map", f"{uid} 0 1")):
        Path(f"/proc/self/{name}").write_text(text, encoding="ascii")
