"""The surveys that come with the product. Organizations use or copy them but can't edit them."""

from templates_app.surveys.builtin.early_career import EARLY_CAREER
from templates_app.surveys.builtin.general import GENERAL
from templates_app.surveys.builtin.leadership import LEADERSHIP
from templates_app.surveys.builtin.questions import BuiltinSurvey

BUILTIN_SURVEYS = {survey.key: survey for survey in (GENERAL, LEADERSHIP, EARLY_CAREER)}

__all__ = ["BUILTIN_SURVEYS", "EARLY_CAREER", "GENERAL", "LEADERSHIP", "BuiltinSurvey"]
