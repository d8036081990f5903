"""Create an export. It only reads from and writes to our database, in one transaction."""

from datetime import datetime, timedelta
from tempfile import TemporaryFile

from django.utils import timezone
from django.utils.translation import gettext as _

from crosschq.core import clock
from crosschq.core.outbox import work_item
from crosschq.core.outbox.fault_points import fault
from crosschq.core.text.time_zones import find_time_zone
from crosschq.privacy.export.build import zip_of
from crosschq.privacy.export.content import store
from crosschq.privacy.export.request import KEPT_DAYS
from crosschq.privacy.holdings import HOLDINGS, search
from crosschq.privacy.models import DataExport, as_sought
from crosschq.privacy.offboarding.export import write_everything
from crosschq.tenancy.person import Person
from crosschq.tenancy.scope import tenant


def perform(export: DataExport) -> None:
    organization, now = export.organization, clock.now()
    # A temporary file has no name, and nothing of it is left once it's closed.
    with TemporaryFile() as file, timezone.override(find_time_zone(organization.time_zone)), tenant(organization):
        if export.of_organization:
            write_everything(organization, file)
        else:
            file.write(_zip_of_person(export, now))
        size = store(export, file)
        fault("export_before_finish")
        work_item.finish(export, size=size, expires_at=now + timedelta(days=KEPT_DAYS))


def _zip_of_person(export: DataExport, now: datetime) -> bytes:
    person = Person(tuple(search(as_sought(export.sought))))
    if not person.matches:
        raise work_item.GiveUp(_("We no longer store anything about this person."))
    sections = [section for holding in HOLDINGS for section in holding.export(person, with_answers=export.with_answers)]
    return zip_of(person, sections, organization=export.organization, now=now)
