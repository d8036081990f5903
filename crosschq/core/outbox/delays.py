"""How long an item waits before its next attempt."""

# If our own database failed midway, an item is retried after OUR_SECONDS, up to OUR_TRIES times. The longer delays are
# for problems at the item's destination.
OUR_SECONDS = 2
OUR_TRIES = 4


def after_refusal(delays: tuple[int, ...], refusals: int) -> int:
    """The delay in seconds after this many refusals (the first is 1). Attempts that were interrupted don't count."""
    return delays[refusals - 1]


def after_interruption(delays: tuple[int, ...], earlier: int) -> int:
    """The delay in seconds after our own database failed, given the number of earlier interruptions."""
    delay = delays[min(earlier, len(delays) - 1)]
    return min(delay, OUR_SECONDS) if earlier < OUR_TRIES else delay
