"""Personal data in templates: the hiring manager that a version names."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from crosschq.tenancy.addresses import AddressColumn
from crosschq.tenancy.person import (
    Column,
    Correction,
    ExportSection,
    Match,
    Person,
    PersonKind,
    Sought,
    email_keys,
    impersonal,
    personal,
    rows_of,
)
from templates_app.models import TemplateVersion

OWN = "the organization's own words"
COLUMNS: list[Column] = [
    *impersonal("templates_app.Survey", "key", "name", why=OWN),
    *(
        column
        for model in ("templates_app.Question", "templates_app.DraftQuestion")
        for column in impersonal(
            model, "key", "kind", "text", "self_text", "purpose", "labels", "relationships", "kept_reason", why=OWN
        )
    ),
    *impersonal("templates_app.RequestTemplate", "name", "ats_tag", "tag_key", "description", why=OWN),
    *personal(
        "templates_app.TemplateVersion",
        "hiring_manager_name",
        "hiring_manager_email",
        of=(PersonKind.MANAGER,),
        until="as long as the template",
    ),
    *impersonal(
        "templates_app.TemplateVersion",
        "name",
        "position",
        "reminder_days",
        "finish_relationship",
        "rules",
        "messages",
        why=OWN,
    ),
]
MANAGERS = AddressColumn("templates_app.TemplateVersion", "hiring_manager_email", where=~Q(hiring_manager_email=""))
ADDRESSES = [MANAGERS]


def find(sought: Sought) -> list[Match]:
    """The hiring managers that templates name, one match for each version. Call inside `tenant()`."""
    versions = TemplateVersion.objects.exclude(hiring_manager_email="").select_related("template")
    matching = Q(uid__in=sought.uids) | sought.named("hiring_manager_name") | sought.at(MANAGERS)
    return [
        Match(
            PersonKind.MANAGER,
            version.uid,
            version.hiring_manager_name,
            version.hiring_manager_email,
            keys=email_keys(version.hiring_manager_email),
            about=version.name,
            at=version.created_at,
            page=() if version.template.deleted_at else ("templates:edit", str(version.template.uid)),
        )
        for version in versions.filter(matching)[: sought.most]
    ]


def all_keys() -> list[str]:
    """The keys of all hiring managers. Call inside `tenant()`."""
    return [*email_keys(*TemplateVersion.objects.order_by().values_list("hiring_manager_email", flat=True).distinct())]


def export(person: Person, *, with_answers: bool = False) -> list[ExportSection]:
    """What we store about the hiring manager. Call inside `tenant()`."""
    columns = ("name", "number", "hiring_manager_name", "hiring_manager_email", "created_at")
    return [ExportSection(_("Templates that name them as hiring manager"), rows_of(_versions(person), *columns))]


def correct(person: Person, correction: Correction) -> int:
    """Set the correct name and address in every version. Call inside `tenant()`."""
    changes = {"hiring_manager_name": correction.name, "hiring_manager_email": correction.email}
    changes = {name: value for name, value in changes.items() if value}
    return _versions(person).update(**changes) if changes else 0


def erase(person: Person) -> int:
    """Remove the hiring manager from every version that names them. Call inside `tenant()`."""
    return _versions(person).update(hiring_manager_name="", hiring_manager_email="")


def _versions(person: Person) -> "QuerySet[TemplateVersion]":
    found: QuerySet[TemplateVersion] = TemplateVersion.objects.filter(uid__in=person.uids(PersonKind.MANAGER))
    return found
