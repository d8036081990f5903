"""Lets export pages offer a new sign-in to the ATS when a permission is missing."""

from csp.decorators import csp_update
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from connectors import registry
from connectors.models import Connection
from crosschq.tenancy.access import MemberRequest


def allow_sign_in(request: MemberRequest, connection: Connection, page: HttpResponse) -> HttpResponseBase:
    """The page, with a form-action policy that allows the redirect to the vendor. Chromium checks both URLs."""
    allow_vendor = csp_update({"form-action": [registry.vendor(connection.vendor).authorize_origin()]})
    answer: HttpResponseBase = allow_vendor(lambda _request: page)(request)
    return answer
