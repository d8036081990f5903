"""The surveys that come with the product: ready to be used and copied, and not edited in place."""

from .early_career import EARLY_CAREER
from .general import GENERAL
from .leadership import LEADERSHIP
from .questions import BuiltinSurvey

BUILTIN_SURVEYS = {survey.key: survey for survey in (GENERAL, LEADERSHIP, EARLY_CAREER)}

__all__ = ["BUILTIN_SURVEYS", "EARLY_CAREER", "GENERAL", "LEADERSHIP", "BuiltinSurvey"]
