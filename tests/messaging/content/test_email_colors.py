"""Only emails to candidates, references and prospects use the organization's color."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from crosschq.messaging.content.email import Action
from crosschq.messaging.sending.send import Sender
from crosschq.tenancy.colors import DARK_PAPER, DARK_SURFACE, PAPER, READABLE, SURFACE, contrast, palette
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.notifications import email_content, send
from tests.messaging.rows import EMAIL, write
from tests.prospects.factories import emails_to, opted_in
from tests.requests_app.factories import waiting_request

pytestmark = pytest.mark.django_db
GREEN, PALE = "#1a7f4b", "#ffcc00"
WITH_LINKS = replace(EMAIL, links=(Action("Not you? Tell us", "http://localhost:8000/c/x/"),))
PLUM = {"#5a2450", "#6a2a5e", "#e3a8d3", "#e9b6db"}


def colored(organization: Organization, color: str) -> Organization:
    Organization.objects.filter(pk=organization.pk).update(color=color)
    organization.refresh_from_db()
    return organization


def html_of(organization: Organization) -> str:
    return write(organization, email=WITH_LINKS, sender=Sender(colored=True)).html


def colors_in(html: str) -> set[str]:
    return set(re.findall("#[0-9a-f]{6}", html))


def styles(html: str, name: str) -> list[dict[str, str]]:
    """The CSS declarations for this class, and the ones for dark mode."""
    light = re.findall(rf'class="{name}"[^>]* style="([^"]+)"', html)
    dark = re.findall(rf"\.{name} {{ ([^}}]+) }}", html)
    return [dict(re.findall(r"([\w-]+): ?([^;!]+?)(?: !important)?(?:;|$)", text)) for text in (*light, *dark)]


def test_the_button_and_links_have_the_organizations_color(acme: Organization) -> None:
    html = html_of(colored(acme, GREEN))
    used = palette(GREEN)
    (button, in_the_dark) = styles(html, "action")
    assert (button["background"], button["color"]) == (used.light, used.on_light)
    assert (in_the_dark["background"], in_the_dark["color"]) == (used.dark, used.on_dark)
    assert [style["color"] for style in styles(html, "link")] == [used.light, used.light, used.dark]
    assert not PLUM & colors_in(html)


@pytest.mark.parametrize("color", [GREEN, PALE, "#000000", "#ffffff", "#ff0000", "#0a66c2"])
def test_any_color_is_readable_in_light_and_dark_emails(acme: Organization, color: str) -> None:
    html = html_of(colored(acme, color))
    for style in styles(html, "action"):
        assert contrast(style["background"], style["color"]) >= READABLE
    *light, dark = [style["color"] for style in styles(html, "link")]
    assert all(contrast(link, ground) >= READABLE for link in light for ground in (PAPER, SURFACE))
    assert all(contrast(dark, ground) >= READABLE for ground in (DARK_PAPER, DARK_SURFACE))
    assert {PAPER, SURFACE, DARK_PAPER, DARK_SURFACE} <= colors_in(html), "an email has another background now"


def test_emails_without_a_color_and_to_members_are_plum(acme: Organization) -> None:
    assert colors_in(html_of(acme)) >= PLUM
    ours = write(colored(acme, GREEN), email=WITH_LINKS).html
    assert colors_in(ours) >= PLUM
    assert GREEN not in ours


def test_emails_to_prospects_use_the_color_too(acme: Organization) -> None:
    prospect = opted_in(colored(acme, GREEN))
    (receipt,) = emails_to(prospect)
    assert GREEN in receipt.html


def test_request_emails_use_the_color_for_candidates_and_references_but_not_owners(acme: Organization) -> None:
    job = waiting_request(colored(acme, GREEN))
    with tenant(acme):
        to_owner = send.notify_owner(
            job.reference_request,
            "request_expired",
            email_content.owner_expired(job.reference_request, url="http://x/"),
        )
    sent = [*job.emails("candidate_invitation"), *job.emails("reference_invitation")]
    assert len(sent) >= 2
    assert all(GREEN in email.html for email in sent)
    assert GREEN not in to_owner.html
