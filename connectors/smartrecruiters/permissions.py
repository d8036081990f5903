"""The OAuth scopes that we ask for, each with its line on the consent page and its purpose."""

from django.utils.translation import gettext_lazy as _

from connectors.ats import Permission

REQUESTS = _("Make Candidate Requests from SmartRecruiters")
CONNECTION = _("The connection itself")
CHECKLIST_AND_EXPORT = _("The setup checklist, and the export of prospects")
EXPORT = _("The export of prospects")

PERMISSIONS = (
    Permission(
        "candidates_read",
        label=_("Access Candidates"),
        purpose=_("See who was moved to the step, with their name and email address"),
        refusal=_("SmartRecruiters doesn't let us read candidates."),
        needed_by=REQUESTS,
        checked_by="candidates",
    ),
    Permission(
        "jobs_read",
        label=_("Access Jobs"),
        purpose=_("Read a job's tag and its hiring team"),
        refusal=_("SmartRecruiters doesn't let us read jobs."),
        needed_by=REQUESTS,
        checked_by="jobs",
    ),
    Permission(
        "users_read",
        label=_("Access Users"),
        purpose=_("Find the owner of a request"),
        refusal=_("SmartRecruiters doesn't let us read its users."),
        needed_by=REQUESTS,
        checked_by="users",
    ),
    Permission(
        "messages_write",
        label=_("Message Users"),
        purpose=_("Add a link to the report to the candidate's notes"),
        refusal=_("SmartRecruiters doesn't let us write notes."),
        needed_by=REQUESTS,
        checked_by="post_note",
    ),
    Permission(
        "messages_read",
        label=_("Access Messages"),
        purpose=_("Make sure that the note is written only once"),
        refusal=_("SmartRecruiters doesn't let us read notes."),
        needed_by=REQUESTS,
        checked_by="read_notes",
    ),
    Permission(
        "webhooks_manage",
        label=_("View, create, and delete webhook subscriptions"),
        purpose=_("Get notified when candidates are moved"),
        refusal=_("SmartRecruiters doesn't let us subscribe to candidate moves."),
        needed_by=REQUESTS,
        checked_by="webhook",
    ),
    Permission(
        "user_me_read",
        label=_("Access information about my user"),
        purpose=_("Show who connected"),
        refusal=_("SmartRecruiters doesn't let us read who connected."),
        needed_by=CONNECTION,
        checked_by="me",
    ),
    Permission(
        "configuration_read",
        label=_("Access Company Settings"),
        purpose=_("Look up the job field, the hiring steps, and candidate sources by name"),
        refusal=_("SmartRecruiters doesn't let us read its settings."),
        needed_by=CHECKLIST_AND_EXPORT,
        checked_by="settings",
    ),
    Permission(
        "candidates_create",
        label=_("Create Candidates"),
        purpose=_("Add prospects as candidates, and attach reports to applications"),
        refusal=_("SmartRecruiters doesn't let us add candidates."),
        needed_by=EXPORT,
        checked_by="add_candidate",
    ),
    Permission(
        "candidates_manage",
        label=_("Manage Candidate Status and Properties"),
        purpose=_("Tag the prospects we add"),
        refusal=_("SmartRecruiters doesn't let us change candidates."),
        needed_by=EXPORT,
    ),
)
