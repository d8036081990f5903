"""Ready-made templates. They prefill the form, where everything can still be changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from templates_app.request_templates.rules import ReferenceRule
from templates_app.request_templates.template_input import TemplateInput
from templates_app.surveys.builtin import EARLY_CAREER, GENERAL, LEADERSHIP
from templates_app.surveys.relationships import Relationship


@dataclass(frozen=True)
class Preset:
    """A ready-made template. `about` describes it in one line; `name` and `tag` are suggestions."""

    key: str
    label: Promise
    about: Promise
    name: Promise
    tag: Promise
    survey: str
    rules: tuple[ReferenceRule, ...]

    @property
    def template_input(self) -> TemplateInput:
        """The settings, in the active language."""
        return TemplateInput(name=str(self.name), ats_tag=str(self.tag), survey=self.survey, rules=self.rules)


PRESETS: Mapping[str, Preset] = {
    preset.key: preset
    for preset in (
        Preset(
            "standard",
            _("Standard"),
            _("2 references of any relationship type, general survey"),
            _("Reference check"),
            _("standard"),
            GENERAL.key,
            (ReferenceRule(Relationship.ANY, count=2),),
        ),
        Preset(
            "leadership",
            _("Leadership"),
            _("3 references, one of them a direct report, leadership survey"),
            _("Leadership"),
            _("leadership"),
            LEADERSHIP.key,
            (
                ReferenceRule(Relationship.MANAGER, count=1),
                ReferenceRule(Relationship.DIRECT_REPORT, count=1),
                ReferenceRule(Relationship.ANY, count=1),
            ),
        ),
        Preset(
            "early-career",
            _("Early career"),
            _("1 mentor or teacher and 1 of any relationship type, early career survey"),
            _("Early career"),
            _("early-career"),
            EARLY_CAREER.key,
            (ReferenceRule(Relationship.MENTOR, count=1), ReferenceRule(Relationship.ANY, count=1)),
        ),
    )
}
