"""Domains that an organization may use in its name: those where an admin has a confirmed address."""

from allauth.account.models import EmailAddress

from crosschq.core.text.email_providers import ANYONE_CAN_JOIN
from crosschq.tenancy.models import Organization, Role


def verified_domains(organization: Organization) -> set[str]:
    admins = EmailAddress.objects.filter(
        verified=True,
        user__memberships__organization=organization,
        user__memberships__role__in=[Role.OWNER, Role.ADMIN],
    )
    emails = admins.values_list("email", flat=True)
    return {email.rpartition("@")[2].casefold() for email in emails} - ANYONE_CAN_JOIN
