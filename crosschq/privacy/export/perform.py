"""Create an export. It only reads from and writes to our database, in one transaction."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.text.time_zones import find_time_zone
from crosschq.privacy.export.build import zip_of
from crosschq.privacy.export.content import store
from crosschq.privacy.export.request import KEPT_DAYS
from crosschq.privacy.holdings import HOLDINGS, search
from crosschq.privacy.models import DataExport, as_sought
from crosschq.tenancy.person import Person
from crosschq.tenancy.scope import tenant


def perform(export: DataExport) -> None:
    organization, now = export.organization, clock.now()
    with timezone.override(find_time_zone(organization.time_zone)), tenant(organization):
        person = Person(tuple(search(as_sought(export.sought))))
        if not person.matches:
            raise work_item.GiveUp(_("We no longer store anything about this person."))
        sections = [
            section for holding in HOLDINGS for section in holding.export(person, with_answers=export.with_answers)
        ]
        content = zip_of(person, sections, organization=organization, now=now)
        store(export, content)
        work_item.finish(export, size=len(content), expires_at=now + timedelta(days=KEPT_DAYS))
