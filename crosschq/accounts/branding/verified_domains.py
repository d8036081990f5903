"""Domains that an organization may use in its name: those where an admin has a confirmed address."""

from allauth.account.models import EmailAddress

from crosschq.tenancy.models import Organization, Role

# Anyone can get an address at these, so one proves nothing.
PUBLIC = frozenset(
    """
    126.com 163.com aol.com fastmail.com free.fr gmail.com gmx.at gmx.com gmx.de gmx.net googlemail.com hey.com
    hotmail.com hotmail.de icloud.com laposte.net libero.it live.com mac.com mail.com mail.ru me.com msn.com naver.com
    orange.fr outlook.com outlook.de pm.me proton.me protonmail.com qq.com t-online.de tutanota.com web.de yahoo.co.uk
    yahoo.com yahoo.de yandex.com yandex.ru ymail.com zoho.com
    """.split()  # noqa: SIM905  a list of many short words
)


def verified_domains(organization: Organization) -> set[str]:
    admins = EmailAddress.objects.filter(
        verified=True,
        user__memberships__organization=organization,
        user__memberships__role__in=[Role.OWNER, Role.ADMIN],
    )
    emails = admins.values_list("email", flat=True)
    return {email.rpartition("@")[2].casefold() for email in emails} - PUBLIC
