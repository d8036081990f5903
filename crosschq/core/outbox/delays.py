"""How long an item waits before its next attempt."""

# If our own database failed midway, an item with few attempts so far is retried this soon. The longer delays are for
# problems at the item's destination.
OUR_SECONDS = 2
OUR_TRIES = 4


def seconds(delays: tuple[int, ...], *, attempt: int, is_ours: bool) -> int:
    """The delay in seconds after this attempt (the first is 1). is_ours: our own database failed."""
    delay = delays[attempt - 1]
    return min(delay, OUR_SECONDS) if is_ours and attempt <= OUR_TRIES else delay
