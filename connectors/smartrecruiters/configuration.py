"""Configuration API (developers.smartrecruiters.com/reference/configurationcompanymy)."""

from connectors import ats

from .answer import Node
from .client import Client, Operation

READ = ("configuration_read",)
COMPANY = Operation("GET", "/configuration/company", ("company_read", "configuration_read"))
JOB_PROPERTIES = Operation("GET", "/configuration/job-properties", READ)
JOB_PROPERTY_VALUES = Operation("GET", "/configuration/job-properties/{id}/values", READ)
HIRING_PROCESSES = Operation("GET", "/configuration/hiring-processes", READ)
SOURCE_TYPES = Operation("GET", "/configuration/sources", READ)
SOURCE_VALUES = Operation("GET", "/configuration/sources/{sourceType}/values", READ)
SOURCES_A_PAGE = 100


class Configuration:
    client: Client

    def company(self) -> ats.Company:
        """configuration.company.my"""
        found = self.client.ask(COMPANY)
        return ats.Company(id=found.text("identifier"), name=found.text("name"))

    def job_fields(self) -> list[ats.JobFieldSetting]:
        """configuration.job-properties.all. It does not tell a free text from a list."""
        return [
            ats.JobFieldSetting(
                id=item.text("id"),
                label=item.text("label"),
                for_jobs=item.text("category") == "job",
                active=item.flag("active", default=True),
                public=item.flag("visible", default=False),
            )
            for item in self.client.ask(JOB_PROPERTIES).each("content")
        ]

    def job_field_choices(self, field_id: str) -> list[ats.Choice]:
        """configuration.job-properties.values.get, all pages: none for a free-text field."""
        values = self.client.pages(JOB_PROPERTY_VALUES, {"id": field_id}, params={"pageSize": "1000"})
        return [
            ats.Choice(item.text("id"), item.text("label"), item.flag("archived", default=False)) for item in values
        ]

    def hiring_processes(self) -> list[ats.HiringProcess]:
        """configuration.hiring-process.all. Steps have names alone, and no job names its process."""
        return [_hiring_process(item) for item in self.client.ask(HIRING_PROCESSES).each("content")]

    def source_types(self) -> list[ats.SourceType]:
        """configuration.source.types"""
        return [
            ats.SourceType(
                item.text("id"), item.text("label"), tuple(kind.text("id") for kind in item.each("subtypes"))
            )
            for item in self.client.ask(SOURCE_TYPES).each("content")
        ]

    def sources(self, type_id: str, *, subtype_id: str = "") -> list[ats.Source]:
        """configuration.source.values.all, all pages: by offset, the cursor has not come here yet."""
        found: list[ats.Source] = []
        params = {"limit": str(SOURCES_A_PAGE)} | ({"sourceSubType": subtype_id} if subtype_id else {})
        while True:
            query = params | {"offset": str(len(found))}
            page = self.client.ask(SOURCE_VALUES, {"sourceType": type_id}, params=query)
            items = page.each("content")
            found += [_source(item, type_id) for item in items]
            if not items or len(found) >= page.number("totalFound"):
                return found


def _hiring_process(item: Node) -> ats.HiringProcess:
    steps = item.part("subStatuses")
    return ats.HiringProcess(
        id=item.text("id"),
        name=item.text("name"),
        active=item.flag("active", default=True),
        steps=tuple(ats.Step(status, name) for status in steps.value for name in steps.texts(status)),
    )


def _source(item: Node, type_id: str) -> ats.Source:
    subtype = item.part("sourceSubType").text("id", default="")
    return ats.Source(type_id=type_id, id=item.text("id"), label=item.text("label"), subtype_id=subtype)
