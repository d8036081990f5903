"""The report as a PDF: tagged (PDF/UA-1), made by typst from the same objects as the page.

Text from outside reaches typst as JSON data, so none of it is markup.
"""

import importlib.util
import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import structlog
import typst
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from crosschq.core.text.dates import date_text
from requests_app.report.content import Glance, Quote, RatingRow, ReferenceSummary, Report
from requests_app.text import references_in

log = structlog.get_logger(__name__)

TEMPLATE = Path(__file__).with_name("report.typ")
# Packages that only contain fonts. Text of scripts that none of them has stays readable in the page, not in the PDF.
FONT_PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")
# Tried in this order for each character.
FIRST_FONTS = ("Noto Sans",)
LAST_FONTS = ("Noto Emoji", "Libertinus Serif")
MOST_LISTED = 3
# Characters that fit into a cell of the table of references, and into a line.
CELL, LINE = 20, 80
NONE = TO = "\N{EN DASH}"


def compiled(data: dict[str, Any]) -> bytes:
    """The PDF of `data_of`: tagged, and PDF/UA-1 unless a character is in none of the fonts."""
    given = {**data, "fonts": _font_names()}
    source, inputs = TEMPLATE.read_bytes(), {"data": json.dumps(given)}
    try:
        pdf: bytes = typst.compile(source, sys_inputs=inputs, font_paths=_fonts(), pdf_standards=["ua-1"])
    except typst.TypstError as error:
        log.warning("pdf_without_standard", kind=type(error).__name__)
        pdf = typst.compile(source, sys_inputs=inputs, font_paths=_fonts())
    return pdf


@cache
def _fonts() -> typst.Fonts:
    found = [importlib.util.find_spec(name) for name in FONT_PACKAGES]
    folders = [str(Path(spec.origin).parent) for spec in found if spec and spec.origin]
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


@cache
def _font_names() -> list[str]:
    others = sorted(name for name in _fonts().families() if name.startswith("Noto Sans "))
    return [*FIRST_FONTS, *others, *LAST_FONTS]


def data_of(report: Report) -> dict[str, Any]:
    """Everything that the PDF shows, as JSON. Call inside `tenant()`, in the organization's time zone."""
    reference_request = report.reference_request
    organization = reference_request.organization
    name = reference_request.candidate_name
    return {
        "title": _("Reference report: %(name)s") % {"name": name},
        "organization": organization.name,
        "lang": (translation.get_language() or "en").partition("-")[0],
        "paper": "us-letter" if organization.time_zone.startswith("America/") else "a4",
        "footer": _("%(name)s · Confidential · %(organization)s") % {"name": name, "organization": organization.name},
        "lede": _lede(report),
        "words": _words(),
        "people_head": [_("Letter"), _("Name"), _("Candidate says"), _("Reference says"), _("Answered")],
        "people": [_person(each) for each in (*report.people, *report.not_completed)],
        "notes": _notes(report),
        "glance": _glance(report, report.glance),
        "suggestions": [{"question": each.question, "reason": each.reason} for each in report.glance.suggestions],
        "facts": [
            {"name": each.name, "sentence": each.sentence, "explanation": each.explanation} for each in report.facts
        ],
        **_ratings(report),
        "answers": _answers(report),
        "made": _made(report),
    }


def _words() -> dict[str, str]:
    return {
        "page": _("Page {page} of {pages}"),
        "references": _("References"),
        "glance": _("At a glance"),
        "suggestions": _("Questions for your next conversation"),
        "rules": f"{Glance.rules} {Glance.rules_of_suggestions}",
        "facts": _("Facts worth a look"),
        "ratings": _("Ratings from 1 to 5"),
        "ratings_note": _(
            "Each letter is one reference, in a square for a manager. A diamond is the self-rating. "
            "“I did not see this” doesn't count toward the mean."
        ),
        "who_rated": _("Who gave which rating"),
        "compared": _("Compared"),
        "result": _("Result"),
        "answer": _("Answer"),
        "who": _("Who"),
        "question": _("Question"),
        "made": _("How this report was made"),
    }


def _lede(report: Report) -> str:
    reference_request, version = report.reference_request, report.version
    parts = (
        f"{reference_request.position}, {reference_request.organization.name}",
        references_in(report.answered, report.requested),
        _("finished %(day)s") % {"day": _day(report.finished_at)},
    )
    lede = " · ".join(parts)
    return f"{lede}\n{version.line}" if version and version.number > 1 else lede


def _person(person: ReferenceSummary) -> dict[str, str]:
    agrees = {True: _("That's right"), False: _("Not quite"), None: ""}[person.confirmed]
    quoted = f"“{person.objection}”" if person.objection else ""
    said = ": ".join(part for part in (agrees, quoted) if part)
    entered = _("entered by a member, not the candidate") if person.relation_from_staff else ""
    only = _("their employer allows only dates and title, so they answered no questions") if person.facts_only else ""
    return {
        "letter": person.letter,
        "name": _breakable(person.name, CELL),
        "email": _breakable(person.email, CELL),
        "relation": _breakable("; ".join(part for part in (person.relation, entered, person.job) if part), CELL),
        "says": _breakable("; ".join(part for part in (said, person.stated_job, only) if part) or NONE, CELL),
        "answered": _day(person.answered_at) if person.answered_at else _("Not completed"),
    }


def _notes(report: Report) -> list[str]:
    reference_request, notes = report.reference_request, []
    if count := reference_request.erased_references:
        notes.append(_("%(count)d erased. The report doesn't include their answers.") % {"count": count})
    if not report.has_self:
        name = reference_request.candidate_short_name
        notes.append(_("%(name)s didn't give a self-reference, which was optional.") % {"name": name})
    return notes


def _glance(report: Report, glance: Glance) -> list[dict[str, Any]]:
    counted = references_in(report.answered, report.requested)
    lines = [(_("References"), [_("%(references)s answered") % {"references": counted}])]
    if glance.work_again:
        again = [
            f"{line.label}: {line.count}" + (f" ({', '.join(line.names)})" if line.names else "")
            for line in glance.work_again.lines
        ]
        lines.append((_("Would work with them again"), again))
    if glance.is_comparable:
        alike = _("No question's ratings are within one point")
        apart = _("No question's ratings are more than one point apart")
        lines.append((_("Closest agreement"), _listed(glance.agreement) or [alike]))
        lines.append((_("Widest difference"), _listed(glance.difference) or [apart]))
    if report.has_self:
        gaps = [
            _("%(question)s (self %(own)s, references %(mean)s)")
            % {"question": row.label, "own": row.self_rating, "mean": _mean(row.mean)}
            for row in glance.self_gaps
        ]
        lines.append((_("Self-rating differs"), gaps or [_("Never by more than one point")]))
    return [{"label": label, "lines": each} for label, each in lines]


def _listed(rows: tuple[RatingRow, ...]) -> list[str]:
    shown = [f"{row.label} ({_range(row)})" for row in rows[:MOST_LISTED]]
    more = len(rows) - MOST_LISTED
    return [*shown, _("and %(count)d more") % {"count": more}] if more > 0 else shown


def _ratings(report: Report) -> dict[str, Any]:
    groups = [_("Managers"), _("Peers")] if report.has_groups else []
    own = [_("Self")] if report.has_self else []
    return {
        "number_heads": [_("Mean"), _("Range"), *groups, *own, _("Answers")],
        "who_heads": [*(person.letter for person in report.raters), *own],
        "ratings": [_rating(report, row) for row in report.ratings],
    }


def _rating(report: Report, row: RatingRow) -> dict[str, Any]:
    groups = [_mean(row.managers), _mean(row.peers)] if report.has_groups else []
    own = [str(row.self_rating or NONE)] if report.has_self else []
    return {
        "label": row.label,
        "note": row.note,
        "own": row.self_rating,
        "dots": [
            {"letter": each.letter, "rating": each.rating, "manager": each.is_manager}
            for each in row.given
            if each.rating is not None
        ],
        "numbers": [_mean(row.mean), _range(row), *groups, *own, str(row.count)],
        "who": [*(str(each.rating or (_("not seen") if each.not_seen else NONE)) for each in row.given), *own],
    }


def _breakable(text: str, most: int) -> str:
    """The text with a break allowed in words that are longer than `most` characters."""
    return re.sub(rf"\S{{{most}}}(?=\S)", lambda found: f"{found[0]}\N{ZERO WIDTH SPACE}", text)


def _day(moment: datetime | None) -> str:
    return date_text(moment) if moment else NONE


def _mean(value: float | None) -> str:
    return NONE if value is None else number_format(value, 1)


def _range(row: RatingRow) -> str:
    if row.low is None:
        return NONE
    return str(row.low) if row.low == row.high else f"{row.low}{TO}{row.high}"


def _answers(report: Report) -> list[dict[str, Any]]:
    choices = [
        {
            "question": tally.question,
            "lines": [
                {
                    "label": f"{line.label}: {line.count}",
                    "who": ", ".join([*line.names, *([_("self-reference")] if line.is_own else [])]) or NONE,
                }
                for line in tally.lines
            ],
            "quotes": [_quote(each) for each in tally.quotes],
        }
        for tally in report.tallies
    ]
    words = [
        {"question": each.question, "lines": [], "quotes": [_quote(quote) for quote in each.quotes]}
        for each in report.words
    ]
    parts = ((_("Choices"), choices), (_("In their words"), words))
    return [{"title": title, "questions": questions} for title, questions in parts if questions]


def _quote(quote: Quote) -> dict[str, Any]:
    text = _breakable(quote.text.replace("\r\n", "\n"), LINE)
    paragraphs = [part.splitlines() for part in text.split("\n\n") if part.strip()]
    author = ", ".join(part for part in (quote.author, quote.role) if part)
    return {"author": author, "chosen": quote.rating, "size": len(quote.text), "paragraphs": paragraphs}


def _made(report: Report) -> str:
    reference_request = report.reference_request
    survey = reference_request.version.survey_version
    words = _(
        "Requested %(asked)s, finished %(finished)s. Survey: %(survey)s, version %(number)s. "
        "Answers appear as they were written. Crosschq adds no verdict and no ranking."
    )
    made = words % {
        "asked": date_text(reference_request.created_at),
        "finished": _day(report.finished_at),
        "survey": survey.survey.name,
        "number": survey.number,
    }
    return f"{report.version.line}. {made}" if report.version else made
