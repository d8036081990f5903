from functools import cache

from django.http import HttpRequest

from crosschq.core.database.folded import SortKey
from crosschq.tenancy import owner_access
from crosschq.tenancy.models import Organization


def organizations(request: HttpRequest) -> dict[str, object]:
    """The signed-in user's organizations, for the switcher, and where an owner without an account gets a code.

    A member page has already loaded them; other pages query them only if they are shown.
    """

    @cache
    def mine() -> list[Organization]:
        known: list[Organization] | None = getattr(request, "organizations", None)
        if known is not None:
            return known
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return []
        return list(Organization.objects.filter(memberships__user=user).order_by(SortKey("name")))

    def code_url() -> str:
        return owner_access.code_url(request.POST.get("next") or request.GET.get("next") or "")

    return {"organizations": mine, "code_url": code_url}
