"""The files of an export: the same data for programs (JSON) and for people (HTML), in one ZIP file."""

import io
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from crosschq.tenancy.models import Organization
from crosschq.tenancy.person import ExportSection, Person

FORMAT = "crosschq-person-1"
DATA, READABLE = "data.json", "readable.html"


def zip_of(person: Person, sections: Iterable[ExportSection], *, organization: Organization, now: datetime) -> bytes:
    """Build the ZIP file. Times are in the active time zone; the JSON includes their offset."""
    sections = [section for section in sections if section.rows]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(DATA, _json(person, sections, organization, now))
        archive.writestr(READABLE, _html(person, sections, organization, now))
    return content.getvalue()


def _json(person: Person, sections: list[ExportSection], organization: Organization, now: datetime) -> str:
    data = {
        "format": FORMAT,
        "organization": organization.name,
        "made_at": now,
        "person": {"names": person.names, "emails": person.emails, "phones": person.phones},
        "sections": [{"title": section.title, "rows": list(section.rows)} for section in sections],
    }
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


def _html(person: Person, sections: list[ExportSection], organization: Organization, now: datetime) -> str:
    shown = [
        {
            "title": section.title,
            "rows": [[(_label(name), _text(value)) for name, value in row.items()] for row in section.rows],
        }
        for section in sections
    ]
    context = {"person": person, "sections": shown, "organization": organization, "now": now}
    return render_to_string("privacy/export/readable.html", context)


def _label(column: str) -> str:
    return column.replace("__", " ").replace("_", " ").capitalize()


def _text(value: Any) -> str:
    """A value as people read it."""
    if value is None or value == "" or value == [] or value == {}:
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, (list, dict)):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    return str(value)
