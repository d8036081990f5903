"""What a storm does, and when. The same seed gives the same plan."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

# A tenth of the moves go to our step, and there are three duplicates for every ten moves.
STAR_SHARE = 0.1
DUPLICATE_SHARE = 0.3
MOVES_OF_ANOTHER = 3
# Faults per second, and the relative frequency of each kind. A tenth hit a process that was just killed.
FAULTS_PER_SECOND = 0.8
FAULTS = {
    "web process": 26,
    "web server": 8,
    "worker-1": 18,
    "worker-2": 18,
    "beat": 6,
    "postgres": 12,
    "valkey": 8,
    "flush": 12,
}
POOLER_WEIGHT = 8
# Steps of the sandbox's standard process that aren't ours.
OTHER_STEPS = (("IN_REVIEW", "Screening"), ("INTERVIEW", "Phone interview"), ("INTERVIEW", "On-site interview"))


@dataclass(frozen=True)
class Act:
    """Something that the vendor's side does. `candidate` is an index into the plan's candidates."""

    at: float
    kind: Literal["move", "note"]
    candidate: int
    status: str = ""
    step: str = ""
    duplicates: int = 0


@dataclass(frozen=True)
class Fault:
    at: float
    kind: str


@dataclass(frozen=True)
class Plan:
    """`stars`: how many candidates, starting with the first, are moved to our step.

    Each gets one request and one note.
    """

    stars: int
    candidates: int
    acts: tuple[Act, ...]
    faults: tuple[Fault, ...]

    @property
    def moves(self) -> int:
        return sum(act.kind == "move" for act in self.acts)

    @property
    def duplicates(self) -> int:
        return sum(act.duplicates for act in self.acts)


def make_plan(*, count: int, seconds: float, seed: int, moments: int | None = None, has_pooler: bool = False) -> Plan:
    """Plan `count` moves and 0.3 times as many duplicates, spread over `seconds`, with the faults among them."""
    lot = random.Random(seed)  # noqa: S311 - a seed, and no secret
    stars = max(1, round(count * STAR_SHARE))
    moves = [(number, "INTERVIEW", "Crosschq") for number in range(stars)]
    others = max(1, (count - stars + MOVES_OF_ANOTHER - 1) // MOVES_OF_ANOTHER)
    moves += [
        (stars + number % others, *OTHER_STEPS[number // others % len(OTHER_STEPS)]) for number in range(count - stars)
    ]
    # The moves of one candidate stay in order; everything else is shuffled.
    order = list(range(len(moves)))
    lot.shuffle(order)
    at = sorted(lot.uniform(0, seconds) for _ in moves)
    times = dict(zip(order, at, strict=True))
    later: dict[int, list[float]] = {}
    for index, (candidate, _status, _step) in enumerate(moves):
        later.setdefault(candidate, []).append(times[index])
    for moments_of_one in later.values():
        moments_of_one.sort(reverse=True)
    copies = [0] * len(moves)
    for _ in range(round(count * DUPLICATE_SHARE)):
        copies[lot.randrange(len(moves))] += 1
    acts = [
        Act(later[candidate].pop(), "move", candidate, status, step, copies[index])
        for index, (candidate, status, step) in enumerate(moves)
    ]
    acts += [Act(lot.uniform(0, seconds), "note", number) for number in range(stars)]
    number_of_faults = max(1, round(seconds * FAULTS_PER_SECOND)) if moments is None else moments
    weights = FAULTS | ({"pooler": POOLER_WEIGHT} if has_pooler else {})
    kinds = lot.choices(list(weights), weights=list(weights.values()), k=number_of_faults)
    # The last fault ends the storm, and delays are counted from there.
    gaps = [seconds * (number + lot.random()) / number_of_faults for number in range(number_of_faults)]
    return Plan(
        stars=stars,
        candidates=stars + others,
        acts=tuple(sorted(acts, key=lambda act: act.at)),
        faults=tuple(Fault(when, kind) for when, kind in zip(gaps, kinds, strict=True)),
    )
