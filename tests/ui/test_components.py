"""What the other tags guarantee to page authors and readers."""

import re
from collections import Counter
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.test import RequestFactory
from django.utils import timezone

from crosschq.core.ui.icons import ICONS
from scripts.stack.stack import ROOT
from tests.ui.markup import fragment, only, render, text_of

MORNING = datetime(2026, 11, 22, 8, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Berlin", "Nov 22, 2026, 9:14 AM CET"),
        ("America/New_York", "Nov 22, 2026, 3:14 AM EST"),
        ("Asia/Dubai", "Nov 22, 2026, 12:14 PM UTC+04"),
        ("UTC", "Nov 22, 2026, 8:14 AM UTC"),
    ],
)
def test_a_moment_names_its_time_zone(zone: str, shown: str) -> None:
    with timezone.override(ZoneInfo(zone)):
        element = only(fragment(render("{% when moment %}", moment=MORNING)), ".//time")
    assert text_of(element) == shown
    assert datetime.fromisoformat(element.get("datetime", "")) == MORNING


def test_a_missing_moment_is_a_dash_or_the_given_text() -> None:
    assert render("{% when none %}", none=None) == "\N{EN DASH}"
    assert render("{% when none empty='Not yet' %}", none=None) == "Not yet"


def test_a_day_is_shown_without_a_time() -> None:
    assert text_of(fragment(render("{% when day %}", day=date(2026, 11, 9)))).endswith("Nov 9, 2026")
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        evening = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
        assert text_of(fragment(render("{% when moment 'date' %}", moment=evening))).endswith("Nov 23, 2026")


def test_a_due_date_names_its_place() -> None:
    with timezone.override(ZoneInfo("America/New_York")):
        shown = render("{% due moment %}", moment=datetime(2026, 11, 30, 4, 59, 59, tzinfo=UTC))
    assert "Sunday, Nov 29, 2026, end of day (New York time)" in shown
    with timezone.override(UTC):
        assert "end of day (UTC)" in render("{% due moment %}", moment=datetime(2026, 11, 30, 23, tzinfo=UTC))


@pytest.mark.parametrize(("on", "desired", "word"), [(True, "0", "On"), (False, "1", "Off")])
def test_a_switch_posts_the_desired_state(on: bool, desired: str, word: str) -> None:
    page = fragment(render("{% switch 'Export new' on=on action='/there/' hint='At once' %}", on=on))
    button = only(page, ".//button")
    assert (button.get("name"), button.get("value"), button.get("role")) == ("on", desired, "switch")
    assert button.get("aria-checked") == str(on).lower()
    form = only(page, ".//form")
    assert (form.get("method"), form.get("action"), form.get("hx-post")) == ("post", "/there/", "/there/")
    named = only(page, f".//*[@id='{button.get('aria-labelledby')}']")
    assert text_of(named) == "Export new"
    assert word in text_of(page)


def test_a_status_is_a_shape_and_a_word() -> None:
    shapes = {}
    for kind in ("ok", "warn", "err", "info", "quiet"):
        page = fragment(render("{% status_tag kind 'Word' %}", kind=kind))
        shapes[kind] = only(page, ".//*{http://www.w3.org/2000/svg}path").get("d")
        assert text_of(page) == "Word"
    assert len(set(shapes.values())) == 5


def test_a_menu_is_named_after_its_row_and_its_actions_are_posts() -> None:
    items = "{% menu_link '/e/' 'Edit' %}{% menu_post '/d/' 'Copy' %}"
    page = fragment(render(f"{{% menu name %}}{items}{{% endmenu %}}", name="Actions for R&D"))
    assert text_of(only(page, ".//summary")) == "Actions for R&D"
    assert only(page, ".//form").get("method") == "post"
    assert only(page, ".//a").get("href") == "/e/"


def test_the_csrf_token_reaches_every_form() -> None:
    sources = [
        "{% switch 'X' on=True action='/' %}",
        "{% post_button '/' 'Go' %}",
        "{% menu 'M' %}{% menu_post '/' 'Go' %}{% endmenu %}",
        "{% confirm label='Delete' cancel='/' %}{% endconfirm %}",
    ]
    for source in sources:
        page = fragment(render(source, csrf_token="t0k3n"))
        assert only(page, ".//input[@name='csrfmiddlewaretoken']").get("value") == "t0k3n"


def test_a_destructive_action_offers_the_way_back_first() -> None:
    page = fragment(render("{% confirm label='Disconnect' cancel='/back/' %}<p>It stops</p>{% endconfirm %}"))
    acts = only(page, ".//div[@class='actions']")
    assert [text_of(act) for act in acts] == ["Cancel", "Disconnect"]


def test_messages_are_banners_with_a_heading() -> None:
    banners = [
        Message(constants.SUCCESS, "Engineering is saved."),
        Message(constants.ERROR, "It was taken."),
        Message(constants.SUCCESS, "Maya was written to.", extra_tags="Sent"),
    ]
    page = fragment(render("{% message_banners %}", messages=banners))
    assert [text_of(banner) for banner in page.findall(".//*[@role='status']")] == [
        "Saved Engineering is saved.",
        "Something went wrong It was taken.",
        "Sent Maya was written to.",
    ]


def test_text_from_people_is_escaped_everywhere() -> None:
    sources = [
        "{% quote text author=text role=text %}",
        "{% card text note=text %}{% endcard %}",
        "{% menu text %}{% endmenu %}",
        "{% task text 'todo' text=text %}{% endtask %}",
        "{% copy_value text %}{% initials text %}",
        "{% post_button text text value=text name='n' %}",
        "{% back text text %}",
        "{% banner 'info' text %}{% endbanner %}",
        "{% why text 'stop' %}{{ text }}{% endwhy %}",
        "{% empty_state text %}{% endempty_state %}",
        "{% rating_table rows caption=text %}",
    ]
    evil = "<b onclick='x'>&\"</b>"
    for source in sources:
        html = render(source, text=evil, rows=[{"label": evil, "note": evil, "count": 0}])
        assert "<b onclick" not in html, source


def test_a_pager_keeps_the_filters_and_is_absent_for_one_page() -> None:
    request = RequestFactory().get("/", {"state": "done", "page": "2"})
    many, one = Paginator(range(150), 50).page(2), Paginator(range(5), 50).page(1)
    page = fragment(render("{% pager page %}", page=many, request=request))
    assert [link.get("href") for link in page.findall(".//a")] == ["?state=done&page=1", "?state=done&page=3"]
    assert "Page 2 of 3" in text_of(page)
    assert render("{% pager page %}", page=one, request=request).strip() == ""


def ratings(**row: Any) -> Any:
    full = {"label": "Reliability", "mean": None, "low": None, "high": None, "self_rating": None, "count": 0, **row}
    return fragment(render("{% rating_table rows caption='At a glance' %}", rows=[full]))


def cells(page: Any) -> list[str]:
    return [text_of(cell) for cell in page.findall(".//tbody/tr/td[@class='num']")]


def test_the_figures_of_a_report_are_text_and_not_only_a_picture() -> None:
    page = ratings(mean=4.333, low=3, high=5, self_rating=4, count=3)
    assert cells(page) == ["4.3", "3\N{EN DASH}5", "4", "3"]
    assert all(
        picture.get("aria-hidden") == "true" for picture in only(page, "table").iter("{http://www.w3.org/2000/svg}svg")
    )


def test_a_question_that_nobody_answered_has_no_figures() -> None:
    assert cells(ratings()) == ["\N{EN DASH}", "\N{EN DASH}", "\N{EN DASH}", "0"]


def test_each_reference_is_one_dot_above_its_rating() -> None:
    given = [
        SimpleNamespace(letter="A", rating=5, is_manager=True),
        SimpleNamespace(letter="B", rating=5, is_manager=False),
        SimpleNamespace(letter="C", rating=1, is_manager=False),
        SimpleNamespace(letter="D", rating=None, is_manager=False),
    ]
    page = ratings(mean=3.7, low=1, high=5, count=3, given=given)
    svg = "{http://www.w3.org/2000/svg}"
    letters = {letter.text: letter for letter in page.findall(f".//tbody//{svg}text[@class='letter-of']")}
    assert set(letters) == {"A", "B", "C"}
    assert letters["A"].get("x") == letters["B"].get("x") != letters["C"].get("x")
    assert len({letters[one].get("y") for one in "AB"}) == 2
    assert len(page.findall(f".//tbody//{svg}rect")) == 1


def test_managers_and_peers_are_compared_only_where_both_rated() -> None:
    assert "Managers" in text_of(ratings(mean=4, low=3, high=5, count=2, managers=5, peers=3))
    assert "Managers" not in text_of(ratings(mean=5, low=5, high=5, count=1, managers=5, peers=None)).replace(
        "a manager", ""
    )


def test_no_two_pages_of_the_navigation_have_the_same_icon() -> None:
    names = re.findall(r'{% icon "([a-z-]+)" %}', (ROOT / "templates/includes/nav.html").read_text(encoding="utf-8"))
    assert len(names) > 5
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_all_icons_together_stay_small() -> None:
    assert sum(map(len, ICONS.values())) < 3_000
