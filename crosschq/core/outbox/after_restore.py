"""What happens to pending work after the database is restored from a backup. Each table of work chooses one."""

from enum import Enum, auto


class AfterRestore(Enum):
    """WAITS: it may have gone out since the backup, so a person decides.

    WAITS_IF_DUE: the same, but what wasn't due yet can't have gone out. LOOKS_FIRST: it continues once the erasures
    are repeated, and looks in the ATS before it has an effect. CONTINUES: it has no effect outside the database.
    """

    WAITS = auto()
    WAITS_IF_DUE = auto()
    LOOKS_FIRST = auto()
    CONTINUES = auto()
