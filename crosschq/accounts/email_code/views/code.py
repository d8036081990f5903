"""Where an owner without an account gets a code for the page that an email linked to, and where they sign out."""

from functools import partial
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from crosschq.accounts.email_code import emails
from crosschq.accounts.email_code.codes import CodePage, Opener
from crosschq.accounts.email_code.views.steps import Steps, answer
from crosschq.core.text.email_keys import address_key
from crosschq.tenancy import passes
from crosschq.tenancy.access import public_page
from crosschq.tenancy.models import Organization
from crosschq.tenancy.owner_access import code_url, owner_of_page
from crosschq.tenancy.scope import tenant
from crosschq.tenancy.secret_pages import SeeOther


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, slug: str) -> HttpResponse:
    target = request.GET.get("next", "")
    if not code_url(target).startswith(f"{request.path}?"):
        return redirect("account_login")
    response = answer(request, Steps(_page(slug, target), target, context={"target": target}))
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


@public_page
@require_POST
def sign_out(request: HttpRequest, slug: str) -> HttpResponse:
    response = SeeOther(reverse("email_code:signed_out"))
    passes.give_up(request, response, slug)
    return response


@public_page
def signed_out(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/email_code/signed_out.html")


def _page(slug: str, target: str) -> CodePage | None:
    organization = Organization.objects.filter(slug=slug).first()
    if organization is None:
        return None
    with tenant(organization):
        owner = owner_of_page(urlsplit(target).path)
    if owner is None:
        return None

    def find_opener(email: str) -> Opener | None:
        if address_key(owner.email) != address_key(email):
            return None
        if passes.is_member(organization, owner.email):
            return Opener(owner.email, lambda _code: emails.send_sign_in_link(organization, owner, target))
        return Opener(owner.email, partial(emails.send_code, organization, owner))

    return CodePage(organization, owner.uid, find_opener)
