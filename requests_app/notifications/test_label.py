"""The label on emails of a test request: "Test" before the subject, and who would get a real one."""

from dataclasses import replace

from django.utils.translation import gettext as _

from crosschq.core.text.ats_name import ats_name
from crosschq.messaging.content.email import Email
from requests_app.models import Reference
from requests_app.text import in_sentence, plain


def add_test_label(email: Email, *, instead_of: Reference | None = None) -> Email:
    """Return the email with the label. `instead_of`: the reference who would get a real one."""
    if instead_of is not None:
        said = _("This is a test. In a real request this email goes to %(name)s at %(email)s.") % {
            "name": in_sentence(instead_of.name),
            "email": plain(instead_of.email),
        }
    else:
        said = _("This is a test. None of it reaches %(ats)s.") % {"ats": ats_name()}
    return replace(
        email,
        subject=_("Test: %(subject)s") % {"subject": email.subject},
        preheader=_("This is a test. %(preheader)s") % {"preheader": email.preheader},
        paragraphs=(said, *email.paragraphs),
    )
