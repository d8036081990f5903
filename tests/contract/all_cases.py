"""The cases of all topics. Importing a topic registers its cases."""

from __future__ import annotations

from tests.contract import (
    cases_of_candidates,
    cases_of_company,
    cases_of_deprecated_users,
    cases_of_messages,
    cases_of_other_candidates,
    cases_of_other_settings,
    cases_of_prospects,
    cases_of_webhooks,
)
from tests.contract.cases import CASES

SUBJECTS = (
    cases_of_candidates,
    cases_of_company,
    cases_of_deprecated_users,
    cases_of_messages,
    cases_of_other_candidates,
    cases_of_other_settings,
    cases_of_prospects,
    cases_of_webhooks,
)

__all__ = ["CASES", "SUBJECTS"]
