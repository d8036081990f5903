"""How long an item waits before its next attempt."""

# If our own database failed midway, an item with few attempts so far is retried this soon. The longer delays are for
# problems at the item's destination.
OUR_SECONDS = 2
OUR_TRIES = 4


def seconds(delays: tuple[int, ...], attempt: int, *, is_ours: bool, is_first: bool) -> int:
    """The delay in seconds after this attempt (the first is 1).

    is_ours: our own database failed. is_first: nothing was refused before. Crashes are attempts too, but they say
    nothing about a destination that refuses for the first time.
    """
    if is_ours and attempt <= OUR_TRIES:
        return min(delays[attempt - 1], OUR_SECONDS)
    return delays[0 if is_first and not is_ours else attempt - 1]
