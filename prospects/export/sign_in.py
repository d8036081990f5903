"""Signing in to SmartRecruiters again, offered where the export lacks a permission."""

from csp.decorators import csp_update
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from connectors import registry
from connectors.models import Connection
from crosschq.tenancy.access import MemberRequest


def allow_sign_in(request: MemberRequest, connection: Connection, page: HttpResponse) -> HttpResponseBase:
    """A page whose button posts to us and is sent on to the vendor: Chromium asks form-action for both."""
    allow_vendor = csp_update({"form-action": [registry.vendor(connection.vendor).authorize_origin()]})
    answer: HttpResponseBase = allow_vendor(lambda _request: page)(request)
    return answer
