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
from templates_app.request_templates.presets import PRESETS
from templates_app.request_templates.template_input import TemplateInput, as_input

FIRST = "standard"


@dataclass(frozen=True)
class Prefill:
    """The initial settings. key: a ready-made template, "blank" or "copy". is_first: for the first template."""

    key: str
    template_input: TemplateInput
    is_first: bool = False


def from_query(organization: Organization, asked: QueryDict) -> Prefill:
    """The prefill for `?start=` or `?copy=`. An organization's first template defaults to a ready-made one.

    Raises Http404 if the template to copy doesn't exist.
    """
    copied = asked.get("copy", "")
    if copied:
        return Prefill("copy", _copy(organization, copied))
    is_first = not RequestTemplate.objects.filter(organization=organization).exists()
    return replace(from_preset(organization, asked.get("start") or (FIRST if is_first else "")), is_first=is_first)


def from_preset(organization: Organization, key: str) -> Prefill:
    """A ready-made template, or blank for an unknown key. A tag that is taken isn't suggested."""
    if key not in PRESETS:
        return Prefill("blank", BLANK)
    template_input = PRESETS[key].template_input
    if holder_of_tag(organization=organization, tag=template_input.ats_tag):
        template_input = replace(template_input, name="", ats_tag="")
    return Prefill(key, template_input)


def _copy(organization: Organization, uid: str) -> TemplateInput:
    template = template_or_404(organization, _uuid(uid), deleted=False)
    name = _("%(name)s, copy") % {"name": template.name[:110]}
    return replace(as_input(template.current), name=name, ats_tag="")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # matches no template
