"""What a request stores about its problems and people, so that the list filters, counts and sorts by its own columns.

`lifecycle.locked` and whatever else changes a fact ask for a refresh, which runs once before the scope ends: in the
same transaction, under the request's lock, computed from all facts. So it is never older than what it is about.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from crosschq.core.database import rls
from crosschq.core.text.characters import comparison_key
from crosschq.tenancy.scope import with_organization
from requests_app.attention import facts, problems
from requests_app.models import Problem, ReferenceRequest, SearchWord
from requests_app.models.search_word import WORD
from requests_app.reminders.schedule import business_days_after

STORED = ("problem", "silent_at", "search_text")
PARTS = re.compile(r"\w+")
AROUND = "()[]{}<>'\".,;:!?/\\-"
# CJK Radicals Supplement, and the last code point: https://www.unicode.org/charts/
FIRST_WITHOUT_SPACES, LAST = "\u2e80", "\U0010ffff"
SILENT_AFTER = 3  # business days, in the organization's zone


def refresh_later(reference_request: ReferenceRequest) -> None:
    """Store the request's problems before the scope ends. Raises RuntimeError outside a scope."""
    rls.before_end(refresh, reference_request.pk)


def refresh_all_with(problem: Problem) -> None:
    """Lock all requests with this stored problem, and store their problems before the scope ends."""
    for each in ReferenceRequest.objects.filter(problem=problem).select_for_update(of=("self",), no_key=True):
        refresh_later(each)


def refresh(pks: Iterable[int]) -> int:
    """Store the problems of these requests, which the caller has locked. Returns how many changed."""
    rows = with_organization(ReferenceRequest.objects.filter(pk__in=list(pks)))
    changed, renamed = [], []
    for each in facts.read(list(facts.with_activity(rows))):
        current = each.reference_request
        now = {"problem": problems.caused(each), "silent_at": _silent_at(each), "search_text": search_text(each)}
        if any(getattr(current, name) != value for name, value in now.items()):
            changed.append(current)
            renamed += [current] if current.search_text != now["search_text"] else []
            for name, value in now.items():
                setattr(current, name, value)
    if len(changed) == 1:
        one = changed[0]
        ReferenceRequest.objects.filter(pk=one.pk).update(**{name: getattr(one, name) for name in STORED})
    else:
        # PostgreSQL compares each row with half of its batch.
        ReferenceRequest.objects.bulk_update(changed, STORED, batch_size=100)
    if renamed:
        _store_words(renamed)
    return len(changed)


def _store_words(requests: Sequence[ReferenceRequest]) -> None:
    SearchWord.objects.filter(reference_request__in=requests).delete()
    SearchWord.objects.bulk_create(
        SearchWord(organization_id=each.organization_id, reference_request=each, word=word)
        for each in requests
        for word in sorted(words_of(each.search_text))
    )


def words_of(text: str) -> set[str]:
    """The words of a `search_text`: whole, and their parts. In scripts without spaces, a name can begin anywhere."""
    whole = {bare for word in text.split() if (bare := word.strip(AROUND))}
    parts = {part for word in whole for part in PARTS.findall(word)}
    within = {word[at:] for word in parts if word[0] >= FIRST_WITHOUT_SPACES for at in range(1, len(word))}
    return {word[:WORD] for word in whole | parts | within}


def beginning(word: str) -> str:
    """How stored words begin that match this one; empty for text without letters."""
    return folded(word).strip(AROUND)[:WORD]


def search_text(each: facts.Facts) -> str:
    """The names of the candidate, the job, and the references, as `folded` compares them, the candidate's first."""
    current = each.reference_request
    names = [current.candidate_name, current.job_title or current.position, *(person.name for person in each.people)]
    return "\n".join(map(folded, names))


def folded(text: str) -> str:
    """The text as the list searches and sorts it: see `comparison_key`, and without accents."""
    decomposed = unicodedata.normalize("NFD", comparison_key(text))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare)


def _silent_at(each: facts.Facts) -> datetime | None:
    """When the request counts as silent if nothing more happens; None once it has ended, or while it is paused."""
    current = each.reference_request
    if not current.is_open or current.paused_until is not None:
        return None
    return business_days_after(facts.last_activity(each), SILENT_AFTER, current.organization.time_zone)
