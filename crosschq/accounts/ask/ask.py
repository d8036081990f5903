"""Emails the members who can do what someone else can't, with a link to the page where they do it. Once a day."""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from crosschq.accounts.ask.askable import ACTS, AskableAct
from crosschq.core.security import throttle
from crosschq.messaging.content.email import Action, Email
from crosschq.messaging.sending.send import send_email
from crosschq.tenancy.actor import Actor, EmailOwner
from crosschq.tenancy.models import Membership, Organization, Role, User
from crosschq.tenancy.owner_access import owner_of_page
from crosschq.tenancy.scope import current_organization

KIND = "ask"
MOST_ASKED = 3
DAY_SECONDS = 24 * 3600


class NotAskable(Exception):
    """The page isn't one of ours, or doesn't lead to where this can be done."""


class AskedToday(Exception):
    """The same person asked the same thing within 24 hours."""


def here(organization: Organization, path: str) -> str:
    """The path without the prefix that all paths of an organization share. Empty for any other path."""
    start = f"/o/{organization.slug}/"
    return path.removeprefix(start) if path.startswith(start) else ""


def owner_of_ask(about: str = "", **_arguments: object) -> EmailOwner | None:
    """The owner of what the asking page shows. Call inside `tenant()`."""
    return owner_of_page(f"/o/{current_organization().slug}/{about}")


def page_of(act: AskableAct, organization: Organization, about: str, membership: Membership) -> str:
    """The path of the page where the act is done, for the page where someone asks. Raises NotAskable."""
    try:
        match = resolve(f"/o/{organization.slug}/{about}")
    except Resolver404 as error:
        raise NotAskable from error
    known: Mapping[str, object] = match.kwargs
    if act is ACTS["change_role"]:
        known = {"uid": membership.uid}
    needed = {"vendor", "uid"} if act.page == "events:detail" else _ARGUMENTS.get(act.page, set())
    if not needed <= set(known):
        raise NotAskable
    return reverse(act.page, kwargs={"slug": organization.slug, **{name: known[name] for name in needed}})


_ARGUMENTS = {"connectors:manage": {"vendor"}, "events:flood": {"vendor"}, "members:role": {"uid"}}


def helpers(organization: Organization, act: AskableAct, actor: Actor) -> list[User]:
    """The members who can do it, those with the weakest sufficient role first."""
    rows = Membership.objects.filter(organization=organization, user__is_active=True).select_related("user")
    able = [row for row in rows.exclude(user__email__iexact=actor.email) if row.may(act.role)]
    able.sort(key=lambda row: (Role(row.role).rank, row.pk))
    return [row.user for row in able[:MOST_ASKED]]


def ask(organization: Organization, act_name: str, *, page: str, actor: Actor) -> Sequence[User]:
    """Email those who can do it. Returns them. Call inside `tenant()`. Raises AskedToday, CapReached."""
    act = ACTS[act_name]
    who = f"{organization.uid} {actor.email} {act_name} {page}"
    if not throttle.allowed("ask", who, most=1, seconds=DAY_SECONDS):
        raise AskedToday
    asked = helpers(organization, act, actor)
    for user in asked:
        send_email(
            organization=organization,
            kind=KIND,
            to_email=user.email,
            to_name=user.name,
            email=_email(organization, act, page, actor),
        )
    return asked


def _email(organization: Organization, act: AskableAct, page: str, actor: Actor) -> Email:
    words = {"name": actor.name or actor.email, "wish": act.wish, "organization": organization.name}
    return Email(
        sender=organization.name,
        subject=_("%(organization)s: a colleague asks for your help") % words,
        preheader=_("%(name)s asks you to %(wish)s") % words,
        paragraphs=(
            _("%(name)s (%(email)s) asks you to %(wish)s.") % {**words, "email": actor.email},
            _("They can't do it themselves, and you can."),
        ),
        action=Action(_("Open the page"), settings.BASE_URL + page),
        footer=(_("You got this email because your role at %(organization)s allows this.") % words,),
    )
