"""Configuration API (developers.smartrecruiters.com/reference/configurationcompanymy)."""

from django.utils.translation import gettext as _

from connectors import ats
from connectors.smartrecruiters.answer import Node, malformed, read_each
from connectors.smartrecruiters.client import MAX_PAGES, Client, Operation
from crosschq.core.text.lengths import ATS_LABEL, COMPANY_NAME

READ = ("configuration_read",)
COMPANY = Operation("GET", "/configuration/company", ("company_read", "configuration_read"))
JOB_PROPERTIES = Operation("GET", "/configuration/job-properties", READ)
JOB_PROPERTY_VALUES = Operation("GET", "/configuration/job-properties/{id}/values", READ)
HIRING_PROCESSES = Operation("GET", "/configuration/hiring-processes", READ)
SOURCE_TYPES = Operation("GET", "/configuration/sources", READ)
SOURCE_VALUES = Operation("GET", "/configuration/sources/{sourceType}/values", READ)
SOURCES_PER_PAGE = 100


class Configuration:
    client: Client

    def company(self) -> ats.Company:
        """configuration.company.my"""
        found = self.client.ask(COMPANY)
        identifier = found.text("identifier", most=COMPANY_NAME)
        return ats.Company(id=identifier, name=found.text("name", default="", most=COMPANY_NAME) or identifier)

    def job_fields(self) -> list[ats.JobFieldSetting]:
        """configuration.job-properties.all. It doesn't say whether a field is free text or a list."""
        return read_each(self.client.ask(JOB_PROPERTIES).each("content"), _job_field)

    def job_field_choices(self, field_id: str) -> list[ats.FieldChoice]:
        """configuration.job-properties.values.get, all pages. A free-text field has none."""
        values = self.client.pages(JOB_PROPERTY_VALUES, {"id": field_id}, params={"pageSize": "1000"})
        return read_each(values, _choice)

    def hiring_processes(self) -> list[ats.HiringProcess]:
        """configuration.hiring-process.all. Steps have names but no ids, and jobs don't name their process."""
        return read_each(self.client.ask(HIRING_PROCESSES).each("content"), _hiring_process)

    def source_types(self) -> list[ats.SourceType]:
        """configuration.source.types"""
        return read_each(self.client.ask(SOURCE_TYPES).each("content"), _source_type)

    def sources(self, type_id: str, *, subtype_id: str = "") -> list[ats.Source]:
        """configuration.source.values.all, all pages. This endpoint pages by offset; it has no cursor yet."""
        found: list[ats.Source] = []
        offset = 0
        params = {"limit": str(SOURCES_PER_PAGE)} | ({"sourceSubType": subtype_id} if subtype_id else {})
        for _page in range(MAX_PAGES):
            query = params | {"offset": str(offset)}
            page = self.client.ask(SOURCE_VALUES, {"sourceType": type_id}, params=query)
            items = page.each("content")
            offset += len(items)
            found += read_each(items, lambda item: _source(item, type_id))
            if not items or offset >= page.number("totalFound", default=offset):
                return found
        raise malformed("$.totalFound")


def _job_field(item: Node) -> ats.JobFieldSetting:
    """A field without a category counts as a job field, since other categories are rare."""
    return ats.JobFieldSetting(
        id=item.id(),
        label=item.text("label"),
        for_jobs=item.text("category", default="job").casefold() == "job",
        active=item.flag("active", default=True),
        public=item.flag("visible", default=False),
    )


def _choice(item: Node) -> ats.FieldChoice:
    value_id = item.id()
    return ats.FieldChoice(value_id, item.text("label", default="") or value_id, item.flag("archived", default=False))


def _source_type(item: Node) -> ats.SourceType:
    type_id = item.id()
    subtypes = read_each(item.each("subtypes", required=False), lambda kind: kind.id())
    return ats.SourceType(type_id, item.text("label", default="", most=ATS_LABEL) or type_id, tuple(subtypes))


def _hiring_process(item: Node) -> ats.HiringProcess:
    steps = item.part("subStatuses")
    return ats.HiringProcess(
        id=item.id(),
        name=item.text("name", default="") or _("Unnamed process"),
        active=item.flag("active", default=True),
        steps=tuple(ats.Step(status, name) for status in steps.value for name in steps.texts(status, required=False)),
    )


def _source(item: Node, type_id: str) -> ats.Source:
    subtype = item.part("sourceSubType").id(default="")
    source_id = item.id()
    label = item.text("label", default="", most=ATS_LABEL) or source_id
    return ats.Source(type_id=type_id, id=source_id, label=label, subtype_id=subtype)
