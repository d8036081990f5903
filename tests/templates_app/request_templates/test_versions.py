import pytest
from django.db import IntegrityError, transaction

from crosschq.tenancy.models import AuditEntry, Organization, User
from crosschq.tenancy.scope import tenant
from templates_app.models import RequestTemplate, TemplateVersion
from templates_app.request_templates.edit import ChangedMeanwhile, delete_template, edit_template
from templates_app.request_templates.rules import ReferenceRule
from templates_app.surveys.relationships import Relationship
from tests.templates_app.factories import make_request, make_template, template_input

RULES = (ReferenceRule(Relationship.MANAGER, count=1, note="From your last job"), ReferenceRule(Relationship.ANY, 2))


def test_a_version_returns_its_reference_rules(acme: Organization) -> None:
    template = make_template(acme, rules=RULES)
    with tenant(acme):
        version = template.current
    assert version.reference_rules == RULES
    assert version.references_requested == 3
    assert version.number == 1


def test_an_edit_creates_a_version_and_requests_keep_theirs(acme: Organization, dana: User) -> None:
    template = make_template(acme, name="Engineering", ats_tag="eng", due_days=14)
    reference_request = make_request(template)
    wanted = template_input(name="Engineers", ats_tag="engineers", due_days=7, rules=RULES)
    with tenant(acme):
        old = TemplateVersion.objects.filter(pk=reference_request.version_id).values().get()
        new = edit_template(template=template, actor=dana, template_input=wanted)
        template.refresh_from_db()
        reference_request.refresh_from_db()
        assert (template.name, template.ats_tag, template.tag_key) == ("Engineers", "engineers", "engineers")
        assert (new.number, new.name, new.due_days, new.reference_rules) == (2, "Engineers", 7, RULES)
        assert template.current == new
        assert TemplateVersion.objects.filter(pk=reference_request.version_id).values().get() == old
        assert reference_request.version.name == "Engineering"


def test_saving_without_changes_creates_no_version_and_no_audit_entry(acme: Organization, dana: User) -> None:
    wanted = template_input(rules=RULES)
    template = make_template(acme, **vars(wanted))
    with tenant(acme):
        before = AuditEntry.objects.count()
        assert edit_template(template=template, actor=dana, template_input=wanted).number == 1
        assert AuditEntry.objects.count() == before


def test_an_edit_based_on_an_older_version_is_refused(acme: Organization, dana: User) -> None:
    template = make_template(acme, ats_tag="eng")
    with tenant(acme):
        edit_template(
            template=template, actor=dana, template_input=template_input(ats_tag="eng", due_days=7), based_on=1
        )
        with pytest.raises(ChangedMeanwhile) as refused:
            edit_template(
                template=template, actor=dana, template_input=template_input(ats_tag="eng", due_days=9), based_on=1
            )
        assert refused.value.current.due_days == 7
        assert template.current.number == 2


def test_a_deleted_template_cannot_be_edited(acme: Organization, dana: User) -> None:
    template = make_template(acme)
    with tenant(acme):
        delete_template(template=template, actor=dana)
        with pytest.raises(RequestTemplate.DoesNotExist):
            edit_template(template=template, actor=dana, template_input=template_input())


def test_a_version_cannot_be_changed(acme: Organization) -> None:
    template = make_template(acme, due_days=14)
    with tenant(acme):
        version = template.current
        version.due_days = 1
        with pytest.raises(TypeError, match="do not change"):
            version.save()
        assert template.current.due_days == 14


@pytest.mark.parametrize("days", [0, 31])
def test_the_due_date_cannot_be_after_the_links_expire(acme: Organization, days: int) -> None:
    with tenant(acme), pytest.raises(IntegrityError, match="due_days"), transaction.atomic():
        make_template(acme, due_days=days)
