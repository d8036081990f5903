"""The standard text of each message: valid placeholders, short subjects, one-part text messages, small emails."""

from __future__ import annotations

import re

import pytest

from crosschq.messaging.content import text_segments
from crosschq.messaging.content.catalog import CATALOG
from crosschq.messaging.content.message_types import MessageKind
from crosschq.messaging.content.placeholders import PLACEHOLDERS
from crosschq.messaging.content.rendering import SUBJECT_CHARACTERS, Sample, own, preview, problems_of, standard

KINDS = pytest.mark.parametrize("kind", CATALOG.values(), ids=lambda kind: kind.key)
SAMPLES = pytest.mark.parametrize("sample", ["short", "long", "missing"])
UNDECIDED = re.compile(r"\{\{|\}\}|%\(|\bNone\b| ,| \.|  ")
MOST_BYTES = 30_000


@KINDS
def test_standard_texts_have_no_problems(kind: MessageKind) -> None:
    assert problems_of(kind, standard(kind)) == {"subject": [], "text": [], "sms": []}


@KINDS
@SAMPLES
def test_a_standard_message_is_complete_with_any_data(kind: MessageKind, sample: Sample) -> None:
    shown = preview(kind, None, sample, "en")
    name = str(PLACEHOLDERS["organization"].long)
    assert 0 < len(shown.subject) <= SUBJECT_CHARACTERS or name in shown.subject
    assert 30 <= len(shown.preheader) <= 200
    assert not UNDECIDED.search(shown.subject + "\n" + shown.text.replace("-- \n", ""))
    assert "https://" in shown.text


@KINDS
def test_the_first_lines_say_who_asks_and_for_which_job(kind: MessageKind) -> None:
    shown = preview(kind, None, "short", "en")
    first = shown.text[:260]
    assert "Backend Engineer" in first
    assert "Acme GmbH" in first or kind.to == "owner"


@KINDS
@SAMPLES
def test_a_standard_text_message_fits_in_one_segment(kind: MessageKind, sample: Sample) -> None:
    shown = preview(kind, None, sample, "en")
    if not kind.has_sms:
        assert shown.sms == ""
        return
    counted = text_segments.count(shown.sms)
    assert (counted.encoding, counted.parts) == ("GSM-7", 1), (counted, shown.sms)
    assert shown.sms.startswith(("Acme", "Donau"))
    assert shown.sms.endswith("Reply STOP to end texts")
    assert "https://" in shown.sms


@KINDS
def test_an_email_is_small_and_loads_nothing(kind: MessageKind) -> None:
    html = preview(kind, None, "long", "en").html
    assert len(html.encode()) < MOST_BYTES
    assert not re.search(r"<img|<link|<script|url\(|@import|src=", html)


@KINDS
def test_parts_that_a_customer_leaves_empty_keep_our_text(kind: MessageKind) -> None:
    assert own(kind, subject=" ", text="", sms="") == standard(kind)
    mine = own(kind, subject="Your references")
    assert (mine.subject, mine.text, mine.is_own) == ("Your references", standard(kind).text, True)


def test_a_customers_subject_may_be_longer_than_ours() -> None:
    kind = CATALOG["candidate_invitation"]
    words = "We are happy to have got to know you, {{ candidate_first_name }}, and have one more question"
    assert preview(kind, own(kind, subject=words), "short", "en").subject == words.replace(
        "{{ candidate_first_name }}", "Maya"
    )


def test_the_link_becomes_a_button_in_its_place() -> None:
    kind = CATALOG["candidate_invitation"]
    shown = preview(kind, own(kind, text="First.\n\n{{ link }}\n\nLast, {{ owner_name }}."), "short", "en")
    assert shown.text.index("First.") < shown.text.index("Name my references:") < shown.text.index("Last, Dana Ruiz.")
    assert shown.html.index("First.") < shown.html.index("Name my references") < shown.html.index("Last, Dana Ruiz.")


@pytest.mark.parametrize("text", ["Hello", "Hello {{ link }} there", "Hello: {{ link }}"])
def test_a_message_must_have_the_link_on_its_own_line(text: str) -> None:
    kind = CATALOG["candidate_invitation"]
    (problem,) = problems_of(kind, own(kind, text=text))["text"]
    assert problem.is_error
    assert preview(kind, own(kind, text=text), "short", "en").text.count("https://") >= 1


def test_a_secret_link_cannot_be_in_a_subject() -> None:
    kind = CATALOG["candidate_invitation"]
    assert problems_of(kind, own(kind, subject="{{ link }}"))["subject"][0].is_error


def test_a_custom_text_message_always_says_who_asks_and_how_to_stop() -> None:
    kind = CATALOG["candidate_invitation"]
    shown = preview(kind, own(kind, sms="Hi {{ candidate_first_name }}: {{ link }}"), "short", "en")
    assert shown.sms.startswith("Acme GmbH: Hi Maya: https://")
    assert shown.sms.endswith("Reply STOP to end texts")


@pytest.mark.parametrize(
    "words",
    [
        "We never STOP hiring: {{ link }}",
        "stop by: {{ link }}",
        "Work with stop-motion films: {{ link }}",
        "Text {{ link }}, STOP",
    ],
)
def test_the_word_stop_alone_is_not_an_opt_out_instruction(words: str) -> None:
    kind = CATALOG["candidate_invitation"]
    assert preview(kind, own(kind, sms=words), "short", "en").sms.endswith("Reply STOP to end texts")


@pytest.mark.parametrize("words", ["Reply STOP to end", "send stop to opt out", "Answer with “STOP”", "Reply: STOP"])
def test_a_custom_opt_out_instruction_is_not_repeated(words: str) -> None:
    kind = CATALOG["candidate_invitation"]
    shown = preview(kind, own(kind, sms=f"{{{{ organization }}}}: {{{{ link }}}} {words}"), "short", "en").sms
    assert "to end texts" not in shown


def test_a_text_message_to_a_reference_names_the_candidate() -> None:
    kind = CATALOG["reference_reminder"]
    wrong = problems_of(kind, own(kind, sms="Due {{ due_date }}: {{ link }}"))["sms"]
    assert [problem.sentence.partition(".")[0] for problem in wrong] == [
        "Insert “Candidate's full name” into this text"
    ]
    assert wrong[0].is_error
    for name in ("candidate_name", 'candidate_first_name | default: "Your colleague"'):
        assert not problems_of(kind, own(kind, sms=f"For {{{{ {name} }}}}: {{{{ link }}}}"))["sms"]
