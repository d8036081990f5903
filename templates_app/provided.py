"""Functions that templates provide to the apps below."""

from collections.abc import Iterable

from crosschq.tenancy import audit
from templates_app.models import TemplateVersion


def hiring_manager_addresses() -> Iterable[str]:
    found: Iterable[str] = TemplateVersion.objects.values_list("hiring_manager_email", flat=True).distinct()
    return found


audit.address_sources.append(hiring_manager_addresses)
