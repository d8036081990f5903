"""Placeholders in texts that customers write: `{{ name }}` and `{{ name | default: "text" }}`.

No template engine reads these texts. We match one exact form, the name must be on a closed list, and a single pass
inserts the value as text. So a value that looks like a placeholder stays as it is, and so does everything else.
"""

import difflib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crosschq.messaging.content.one_line import in_sentence, plain, short

Words = str | Promise
PATTERN = re.compile(
    r'\{\{[ \t]*([A-Za-z][A-Za-z0-9_]*)[ \t]*(?:\|[ \t]*default:[ \t]*"([^"{}\r\n]*)"[ \t]*)?\}\}', re.ASCII
)
LEFT_OVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
LEFT_OVER_SHOWN = 30
LEAST_ROOM = 8  # how many characters a shortened value keeps
ORGANIZATION_ROOM = 50  # in subjects


@dataclass(frozen=True)
class Placeholder:
    """One name on the closed list, with sample values: short, long, and missing.

    is_name: may be shortened to fit. lines: our own value, which may have several lines; in other values, line breaks
    become spaces.
    """

    name: str
    label: Words
    short: Words
    long: Words
    may_be_empty: bool = False
    is_name: bool = False
    lines: bool = False

    @property
    def missing(self) -> Words:
        return "" if self.may_be_empty else self.short


_ALL = (
    Placeholder(
        "organization",
        gettext_lazy("Your organization's name"),
        "Acme GmbH",
        "Donaudampfschifffahrtsgesellschaft mbH & Co. KG",
        is_name=True,
    ),
    Placeholder(
        "position",
        gettext_lazy("Position"),
        gettext_lazy("Backend Engineer"),
        gettext_lazy("Senior Principal Engineer, Distributed Storage and Data Protection (all genders)"),
        is_name=True,
    ),
    Placeholder(
        "candidate_name",
        gettext_lazy("Candidate's full name"),
        "Maya Osei",
        "Bartholomäus-Ignatius Wolfeschlegelsteinhausen",
        is_name=True,
    ),
    Placeholder(
        "candidate_first_name",
        gettext_lazy("Candidate's first name"),
        "Maya",
        "Bartholomäus-Ignatius",
        may_be_empty=True,
        is_name=True,
    ),
    Placeholder(
        "reference_name",
        gettext_lazy("Reference's full name"),
        "Priya Nair",
        "Maximiliane Alexandra von Hohenstaufen",
        is_name=True,
    ),
    Placeholder("reference_first_name", gettext_lazy("Reference's first name"), "Priya", "Maximiliane", is_name=True),
    Placeholder(
        "reference_company",
        gettext_lazy("Where the candidate and reference worked together"),
        "Ledgerly",
        "Ledgerly International Financial Services Holding",
        may_be_empty=True,
        is_name=True,
    ),
    Placeholder(
        "owner_name",
        gettext_lazy("Owner of the request"),
        "Dana Ruiz",
        "Dana Fernanda Ruiz-Castellanos",
        may_be_empty=True,
        is_name=True,
    ),
    Placeholder("due_date", gettext_lazy("Due date"), gettext_lazy("May 29"), gettext_lazy("September 29")),
    Placeholder(
        "end_date",
        gettext_lazy("Day the request ends automatically"),
        gettext_lazy("June 13"),
        gettext_lazy("October 14"),
    ),
    Placeholder(
        "status",
        gettext_lazy("Application status"),
        gettext_lazy("Rejected"),
        gettext_lazy("Withdrawn by the candidate"),
    ),
    Placeholder(
        "references",
        gettext_lazy("How many references are asked for"),
        gettext_lazy("1 reference"),
        gettext_lazy("10 references"),
    ),
    Placeholder(
        "references_in",
        gettext_lazy("How many references have answered"),
        gettext_lazy("1 of 2 references"),
        gettext_lazy("9 of 10 references"),
    ),
    Placeholder(
        "reference_list",
        gettext_lazy("Which references are asked for, with your notes"),
        gettext_lazy("• Manager (1)"),
        gettext_lazy("• Manager (1): From your present or last job\n• Any relationship type (9)"),
        lines=True,
    ),
    Placeholder(
        "questions",
        gettext_lazy("How many questions there are"),
        gettext_lazy("9 questions"),
        gettext_lazy("14 questions"),
    ),
    Placeholder("minutes", gettext_lazy("How long it takes"), gettext_lazy("8 minutes"), gettext_lazy("24 minutes")),
    Placeholder(
        "link",
        gettext_lazy("The secret link"),
        "https://crosschq.example/c/0123456789abcdefghijklmnopqrstuv/",
        "https://references.crosschq.example/c/0123456789abcdefghijklmnopqrstuv/",
    ),
)
PLACEHOLDERS: Mapping[str, Placeholder] = {each.name: each for each in _ALL}


@dataclass(frozen=True)
class TextPiece:
    """A part of a text: literal text, or a placeholder's label."""

    words: str
    is_placeholder: bool = False


@dataclass(frozen=True)
class TextProblem:
    """A problem in a text. An error must be fixed before saving; a warning may stay."""

    sentence: str
    is_error: bool = True


def names_in(text: str) -> list[str]:
    """The names used in a text, each once and in order, including unknown names."""
    return list(dict.fromkeys(match[1] for match in PATTERN.finditer(text)))


def label_of(name: str) -> str:
    """The placeholder's label; the name itself if it is unknown."""
    return str(PLACEHOLDERS[name].label) if name in PLACEHOLDERS else name


def pieces(text: str) -> list[TextPiece]:
    """Split the text for people to read, with labels in place of placeholders."""
    found, end = [], 0
    for match in PATTERN.finditer(text):
        name, fallback = match[1], match[2]
        values = {"name": label_of(name), "fallback": fallback}
        words = _("%(name)s, or “%(fallback)s”") % values if fallback else label_of(name)
        found += [TextPiece(text[end : match.start()]), TextPiece(words, is_placeholder=True)]
        end = match.end()
    return [piece for piece in [*found, TextPiece(text[end:])] if piece.words]


def problems(
    text: str, *, allowed: Collection[str] = tuple(PLACEHOLDERS), required: Collection[str] = ()
) -> list[TextProblem]:
    """All problems in a text, errors first."""
    found = [*_unknown(text, allowed), *_left_over(text), *_not_there(text, required), *_without_fallback(text)]
    return sorted(found, key=lambda problem: not problem.is_error)


def render(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its placeholders filled in. A placeholder without a value stays as typed."""
    return PATTERN.sub(lambda match: _value(match, values), text)


def render_line(text: str, values: Mapping[str, str]) -> str:
    """Like `render`, on one line without control characters, fit for a header."""
    return plain(render(text, values))


def render_fitted(
    text: str,
    values: Mapping[str, str],
    *,
    room: int,
    measure: Callable[[str], int] = len,
    kept: Mapping[str, int] | None = None,
) -> str:
    """Return one line that measures at most `room`. Only the names in it are shortened, all to the same length.

    If that isn't enough, because the text itself is too long, nothing is shortened. `kept`: how many characters these
    names keep, even if the line is then too long.
    """
    full = line = render_line(text, values)
    used = {name: plain(values[name]) for name in names_in(text) if name in values and _is_name(name)}
    longest, least = max(map(len, used.values()), default=0), kept or {}
    for most in range(min(longest, room), LEAST_ROOM - 1, -1):
        if measure(line) <= room:
            break
        line = render_line(
            text, {**values, **{name: short(value, max(most, least.get(name, 0))) for name, value in used.items()}}
        )
    return line if measure(line) <= room or least.keys() & used.keys() else full


def render_subject(text: str, values: Mapping[str, str], *, room: int) -> str:
    """Return a subject of at most `room` characters, or a longer one with the organization's name in it.

    The recipient knows the sender by that name, so it is cut only past 50 characters.
    """
    return render_fitted(text, values, room=room, kept={"organization": ORGANIZATION_ROOM})


def _value(match: re.Match[str], values: Mapping[str, str]) -> str:
    name, fallback = match[1], match[2] or ""
    if name not in values:
        return match[0]
    known = PLACEHOLDERS.get(name)
    if known and known.lines:
        return "\n".join(filter(None, map(plain, values[name].splitlines()))) or fallback
    return (in_sentence(values[name]) if _is_name(name) else plain(values[name])) or fallback


def _is_name(name: str) -> bool:
    return name in PLACEHOLDERS and PLACEHOLDERS[name].is_name


def _unknown(text: str, allowed: Collection[str]) -> Iterator[TextProblem]:
    for name in names_in(text):
        if name in allowed:
            continue
        if name in PLACEHOLDERS:
            yield TextProblem(_("“%(name)s” can't be used here.") % {"name": label_of(name)})
            continue
        near = difflib.get_close_matches(name.lower(), allowed, n=1)
        if near:
            sentence = _("There is no placeholder “%(name)s”. The closest one is “%(near)s”.")
            yield TextProblem(sentence % {"name": name, "near": near[0]})
        else:
            yield TextProblem(_("There is no placeholder “%(name)s”. Choose one from the list.") % {"name": name})


def _left_over(text: str) -> Iterator[TextProblem]:
    rest = PATTERN.sub("", text)
    found = LEFT_OVER.search(rest)
    if found:
        shown = short(rest[found.start() :], LEFT_OVER_SHOWN)
        sentence = _(
            '“%(shown)s” is not a complete placeholder. Write it as {{ name }} or {{ name | default: "text" }}.'
        )
        yield TextProblem(sentence % {"shown": shown})


def _not_there(text: str, required: Collection[str]) -> Iterator[TextProblem]:
    there = names_in(text)
    for name in required:
        if name not in there:
            sentence = _("Insert “%(name)s” into this text. Without it, the recipient can't respond.")
            yield TextProblem(sentence % {"name": label_of(name)})


def _without_fallback(text: str) -> Iterator[TextProblem]:
    bare = dict.fromkeys(match[1] for match in PATTERN.finditer(text) if not match[2])
    for name in bare:
        if name in PLACEHOLDERS and PLACEHOLDERS[name].may_be_empty:
            sentence = _(
                '“%(label)s” can be empty. Say what to show then: {{ %(name)s | default: "text" }}. Inserted from the '
                "list, it already has a fallback."
            )
            yield TextProblem(sentence % {"label": label_of(name), "name": name}, is_error=False)
