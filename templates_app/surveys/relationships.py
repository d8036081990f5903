"""How a reference and the candidate know each other from work."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Relationship(models.TextChoices):
    MANAGER = "manager", _("Manager")
    DIRECT_REPORT = "direct_report", _("Direct report")
    COWORKER = "coworker", _("Coworker or peer")
    CUSTOMER = "customer", _("Customer or supplier")
    MENTOR = "mentor", _("Mentor")
    ANY = "any", _("Any relationship type")


# Whose company the candidate is asked for.
COMPANY_ASKED = (Relationship.MANAGER, Relationship.DIRECT_REPORT, Relationship.COWORKER, Relationship.CUSTOMER)
