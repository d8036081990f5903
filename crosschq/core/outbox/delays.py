"""How long an item waits for its next try."""

# When our own database went away in the middle, an item that wasn't often tried is tried again this soon. The other
# delays are for the troubles of the item's destination.
OUR_SECONDS = 2
OUR_TRIES = 4


def seconds(delays: tuple[int, ...], *, attempt: int, is_ours: bool) -> int:
    """The delay after this attempt, from 1. is_ours: our database went away."""
    delay = delays[attempt - 1]
    return min(delay, OUR_SECONDS) if is_ours and attempt <= OUR_TRIES else delay
