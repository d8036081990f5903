"""What the figures of a report show most clearly, by fixed rules that its page explains. No verdict, no ranking."""

import re
from collections.abc import Iterable, Iterator, Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from crosschq.core.text.email_keys import exact_key
from crosschq.core.text.email_providers import ANYONE_CAN_JOIN
from requests_app.report.content import Fact, Glance, RatingRow, ReferenceSummary, Suggestion, Tally
from templates_app.surveys.builtin.questions import WORK_AGAIN

# Ratings at most this many points apart agree, and ratings further apart differ.
AGREE_WITHIN = 1
# A self-rating further than this from the mean of the references is mentioned.
SELF_GAP = 1
MOST_SUGGESTIONS = 5


def glance(ratings: Sequence[RatingRow], tallies: Sequence[Tally], *, candidate: str) -> Glance:
    spreads = [row.spread for row in ratings if row.spread is not None]
    closest, widest = min(spreads, default=0), max(spreads, default=0)
    gaps = tuple(row for row in ratings if row.self_gap is not None and abs(row.self_gap) > SELF_GAP)
    return Glance(
        agreement=tuple(row for row in ratings if row.spread == closest and closest <= AGREE_WITHIN),
        difference=tuple(row for row in ratings if row.spread == widest and widest > AGREE_WITHIN),
        self_gaps=gaps,
        work_again=next((tally for tally in tallies if tally.key == WORK_AGAIN and tally.answered), None),
        suggestions=tuple(_suggestions(ratings, gaps, candidate)),
        is_comparable=bool(spreads),
    )


def _suggestions(ratings: Sequence[RatingRow], gaps: Sequence[RatingRow], candidate: str) -> Iterable[Suggestion]:
    """Each question once: the widest differences first, then the widest self-rating gaps, then what few people saw."""
    found: dict[str, Suggestion] = {}
    for question, reason in (*_differing(ratings), *_gaps(gaps, candidate), *_unseen(ratings, candidate)):
        found.setdefault(question, Suggestion(question, reason))
    return list(found.values())[:MOST_SUGGESTIONS]


def _differing(ratings: Sequence[RatingRow]) -> Iterator[tuple[str, str]]:
    differing = [row for row in ratings if (row.spread or 0) > AGREE_WITHIN]
    for row in sorted(differing, key=lambda row: -(row.spread or 0)):
        reason = _("The ratings range from %(low)s to %(high)s. Ask for an example of each.")
        yield row.label, reason % {"low": row.low, "high": row.high}


def _gaps(gaps: Sequence[RatingRow], candidate: str) -> Iterator[tuple[str, str]]:
    for row in sorted(gaps, key=lambda row: -abs(row.self_gap or 0)):
        reason = _("The self-rating is %(own)s, and the references' mean is %(mean)s. Ask how %(name)s sees this.")
        yield row.label, reason % {"own": row.self_rating, "mean": number_format(row.mean or 0, 1), "name": candidate}


def _unseen(ratings: Sequence[RatingRow], candidate: str) -> Iterator[tuple[str, str]]:
    for row in ratings:
        asked = row.count + row.unseen
        if row.unseen and row.unseen * 2 >= asked:
            reason = _("%(unseen)d of %(asked)d did not see this. Ask %(name)s for an example.")
            yield row.label, reason % {"unseen": row.unseen, "asked": asked, "name": candidate}


def facts(people: Sequence[ReferenceSummary]) -> Iterator[Fact]:
    for person in people:
        domain = exact_key(person.email).rpartition("@")[2]
        if person.is_manager and domain in ANYONE_CAN_JOIN:
            yield Fact(
                person.name,
                _("A manager with an address at %(domain)s, where anyone can get one.") % {"domain": domain},
                _("Many people use a private address for references, or have left that company."),
            )
        if person.stated_years and _years(person.stated_years) != _years(person.years):
            yield Fact(
                person.name,
                (
                    _("A member entered “%(own)s”, and they say “%(stated)s”.")
                    if person.relation_from_staff
                    else _("The candidate says “%(own)s”, and they say “%(stated)s”.")
                )
                % {"own": person.years or _("no dates"), "stated": person.stated_years},
                _("People round dates, and a job can start before or end after the time they worked together."),
            )
        if person.same_network:
            yield Fact(
                person.name,
                _("They answered from the same network as the candidate."),
                _("That happens in one household, at one employer, or on one mobile carrier."),
            )
        if person.confirmed is False:
            yield Fact(
                person.name,
                _("They describe the working relationship differently."),
                _("Teams and titles change, and people remember dates differently. Their words are under References."),
            )


def _years(text: str) -> list[str]:
    """The years in what someone typed, so that "2021-2023" and "2021 to 2023" are the same."""
    return re.findall(r"\d{4}", text)
