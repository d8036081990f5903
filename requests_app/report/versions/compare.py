"""How two versions of a report differ, computed from both."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crosschq.core.text.lists import and_list
from requests_app.report.content import PersonAnswer, PersonAnswers, Report


@dataclass(frozen=True)
class ChangedAnswer:
    """The answer of one person to one question in both versions. None: they had not answered it."""

    question: str
    before: PersonAnswer | None
    after: PersonAnswer | None


@dataclass(frozen=True)
class ChangedPerson:
    name: str
    role: str
    answers: tuple[ChangedAnswer, ...]


@dataclass(frozen=True)
class ChangedMean:
    """A question whose mean rating is different. None: nobody had rated it."""

    question: str
    before: float | None
    after: float | None
    count_before: int
    count_after: int


@dataclass(frozen=True)
class Difference:
    """`added`: whose answers are new. `removed`: who isn't listed anymore. `missing`: newly not completed."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    missing: tuple[str, ...]
    changed: tuple[ChangedPerson, ...]
    means: tuple[ChangedMean, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.missing or self.changed or self.means)

    @property
    def sentences(self) -> list[str]:
        """The difference in short."""
        found = [
            _names(_("New answers: %(names)s."), self.added),
            _names(_("Changed answers: %(names)s."), tuple(person.name for person in self.changed)),
            _names(_("Now listed as not completed: %(names)s."), self.missing),
            _names(_("No longer listed: %(names)s."), self.removed),
        ]
        if count := len(self.means):
            sentence = ngettext("%(count)d mean is different.", "%(count)d means are different.", count)
            found.append(sentence % {"count": count})
        return [sentence for sentence in found if sentence]


def compare(before: Report, after: Report) -> Difference:
    """Compare two versions of one request's report. People who were erased are in neither."""
    answered = {person.key for person in before.people}
    listed = answered | {person.key for person in before.not_completed}
    still = {person.key for person in (*after.people, *after.not_completed)}
    own = () if before.has_self or not after.has_self else (_("the self-reference"),)
    return Difference(
        added=(*(person.name for person in after.people if person.key not in answered), *own),
        removed=tuple(p.name for p in (*before.people, *before.not_completed) if p.key not in still),
        missing=tuple(person.name for person in after.not_completed if person.key not in listed),
        changed=tuple(_changed(before, after, answered)),
        means=tuple(_means(before, after)),
    )


def _changed(before: Report, after: Report, answered: set[int]) -> Iterator[ChangedPerson]:
    """People whose answers are in both versions, and differ."""
    earlier = {person.key: person for person in before.by_person}
    for person in after.by_person:
        known = earlier.get(person.key)
        if known is None and person.key not in answered:
            continue
        changes = tuple(_answers(known, person))
        if changes:
            yield ChangedPerson(person.name, person.role, changes)


def _answers(before: PersonAnswers | None, after: PersonAnswers) -> Iterator[ChangedAnswer]:
    earlier = {answer.key: answer for answer in before.answers} if before else {}
    later = {answer.key: answer for answer in after.answers}
    for key in earlier | later:
        old, new = earlier.get(key), later.get(key)
        if old != new and (shown := new or old):
            yield ChangedAnswer(shown.question, old, new)


def _means(before: Report, after: Report) -> Iterator[ChangedMean]:
    for old, new in zip(before.ratings, after.ratings, strict=True):
        if old.mean != new.mean:
            yield ChangedMean(new.label, old.mean, new.mean, old.count, new.count)


def _names(sentence: str, names: tuple[str, ...]) -> str:
    return sentence % {"names": and_list(names)} if names else ""
