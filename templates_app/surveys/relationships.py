"""The working relationship of a reference with the candidate."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Relationship(models.TextChoices):
    MANAGER = "manager", _("Manager")
    DIRECT_REPORT = "direct_report", _("Direct report")
    COWORKER = "coworker", _("Coworker or peer")
    CUSTOMER = "customer", _("Customer or supplier")
    MENTOR = "mentor", _("Mentor")
    ANY = "any", _("Any relationship type")


# The candidate enters the company of these references.
COMPANY_ASKED = (Relationship.MANAGER, Relationship.DIRECT_REPORT, Relationship.COWORKER, Relationship.CUSTOMER)
