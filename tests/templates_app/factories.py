"""Factories for templates and their requests. Each opens its own `tenant()`."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from crosschq.core import clock
from crosschq.tenancy.models import Organization
from crosschq.tenancy.scope import tenant
from requests_app.models import ReferenceRequest, RequestState
from templates_app.models import RequestTemplate
from templates_app.request_templates.edit import create_template
from templates_app.request_templates.rules import ReferenceRule
from templates_app.request_templates.template_input import TemplateInput
from templates_app.surveys.relationships import Relationship

_number = itertools.count(1)


def template_input(**fields: Any) -> TemplateInput:
    """Valid settings with two references of any relationship and a unique name and tag."""
    number = next(_number)
    values: dict[str, Any] = {
        "name": f"Template {number}",
        "ats_tag": f"tag-{number}",
        "rules": (ReferenceRule(Relationship.ANY, count=2),),
        **fields,
    }
    return TemplateInput(**values)


def make_template(organization: Organization, **fields: Any) -> RequestTemplate:
    with tenant(organization):
        return create_template(organization=organization, actor=None, template_input=template_input(**fields))


def make_request(template: RequestTemplate, *, state: RequestState = RequestState.SENT) -> ReferenceRequest:
    """A request with the template's current version, created without sending email."""
    with tenant(template.organization):
        reference_request: ReferenceRequest = ReferenceRequest.objects.create(
            organization=template.organization,
            version=template.current,
            state=state,
            position="Backend Engineer",
            candidate_first_name="Maya",
            candidate_last_name="Osei",
            candidate_email="maya@candidates.example",
            owner_name="Dana Ruiz",
            owner_email="dana@acme.example",
            due_at=clock.now() + timedelta(days=14),
            closes_at=clock.now() + timedelta(days=30),
        )
        return reference_request
