"""Prefilling the form of a new template from a ready-made one or a copy."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from crosschq.tenancy.models import Organization
from templates_app.models import RequestTemplate
from templates_app.request_templates.edit import holder_of_tag
from templates_app.request_templates.forms.draft import BLANK
from templates_app.request_templates.lookup import template_or_404
from templates_app.request_templates.presets import STARTS
from templates_app.request_templates.template_input import TemplateInput, as_input

FIRST = "standard"


@dataclass(frozen=True)
class Beginning:
    """The initial settings. key: a ready-made template, "blank" or "copy". is_first: for the first template."""

    key: str
    wanted: TemplateInput
    is_first: bool = False


def of_address(organization: Organization, asked: QueryDict) -> Beginning:
    """The prefill for `?start=` or `?copy=`. An organization's first template defaults to a ready-made one.

    Raises Http404 if the template to copy doesn't exist.
    """
    copied = asked.get("copy", "")
    if copied:
        return Beginning("copy", _copy(organization, copied))
    is_first = not RequestTemplate.objects.filter(organization=organization).exists()
    return replace(of_key(organization, asked.get("start") or (FIRST if is_first else "")), is_first=is_first)


def of_key(organization: Organization, key: str) -> Beginning:
    """A ready-made template, or blank for an unknown key. A tag that is taken isn't suggested."""
    if key not in STARTS:
        return Beginning("blank", BLANK)
    wanted = STARTS[key].wanted
    if holder_of_tag(organization=organization, tag=wanted.ats_tag):
        wanted = replace(wanted, name="", ats_tag="")
    return Beginning(key, wanted)


def _copy(organization: Organization, uid: str) -> TemplateInput:
    template = template_or_404(organization, _uuid(uid), deleted=False)
    name = _("%(name)s, copy") % {"name": template.name[:110]}
    return replace(as_input(template.current), name=name, ats_tag="")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # matches no template
