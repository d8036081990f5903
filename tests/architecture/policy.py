"""Who may open what: every URL, stated a second time.

A view declares its policy with a decorator, where a mistake is easy to miss. Here each policy is stated again,
independently. test_policy.py compares the two, then tries each route as each kind of user.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from crosschq.tenancy.models import Role


@dataclass(frozen=True)
class Line:
    """The policy of one route.

    names: what the uid in the path identifies, for a route about one object. asks_first: the action changes who has
    access, so it asks for a new proof of identity. owners: the object's owner gets in with any role, or with a code.
    """

    kind: str
    role: Role | None = None
    names: str = ""
    only_post: bool = False
    asks_first: bool = False
    owners: bool = False

    @property
    def needed(self) -> Role:
        assert self.role
        return self.role


def viewer(names: str = "", *, only_post: bool = False) -> Line:
    return Line("member", Role.VIEWER, names, only_post)


def recruiter(names: str = "", *, only_post: bool = False) -> Line:
    return Line("member", Role.RECRUITER, names, only_post)


def or_owner(line: Line) -> Line:
    return replace(line, owners=True)


def admin(names: str = "", *, only_post: bool = False, asks_first: bool = False) -> Line:
    return Line("member", Role.ADMIN, names, only_post, asks_first)


def owner(names: str = "", *, only_post: bool = False, asks_first: bool = False) -> Line:
    return Line("member", Role.OWNER, names, only_post, asks_first)


PUBLIC, SIGNED_IN = Line("public"), Line("signed_in")
CANDIDATE, REFERENCE = Line("token", names="candidate"), Line("token", names="reference")
PROSPECT = Line("token", names="own data")

POLICY = {
    "home": SIGNED_IN,
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    # allauth's. The pages in the middle of a sign-in redirect everyone else to its start.
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_signup": PUBLIC,
    "account_inactive": PUBLIC,
    "account_email_verification_sent": PUBLIC,
    "account_confirm_login_code": PUBLIC,
    "account_reset_password": PUBLIC,
    "account_confirm_password_reset_code": PUBLIC,
    "account_complete_password_reset": PUBLIC,
    "account_password_reset_completed": PUBLIC,
    "account_reauthenticate": SIGNED_IN,
    "account_email": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "mfa_authenticate": PUBLIC,
    "mfa_index": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": Line("signed_in", names="second step"),
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_login_webauthn": PUBLIC,
    "profile": SIGNED_IN,
    "sessions": SIGNED_IN,
    "confirm_act": SIGNED_IN,
    "confirm_act_by": SIGNED_IN,
    "theme": Line("signed_in", only_post=True),
    "organization_home": viewer(),
    "setup:list": admin(),
    # Requests
    "requests:list": viewer(),
    "requests:detail": or_owner(viewer("request")),
    "requests:report": or_owner(viewer("request")),
    "requests:report_pdf": or_owner(viewer("request")),
    "requests:report_version": or_owner(viewer("request")),
    "requests:report_version_pdf": or_owner(viewer("request")),
    "requests:report_changes": or_owner(viewer("request")),
    "requests:ask_access": viewer("request", only_post=True),
    "requests:share": or_owner(recruiter("request")),
    "requests:resend": or_owner(recruiter("request", only_post=True)),
    "requests:address": or_owner(recruiter("request")),
    "requests:cancel": or_owner(recruiter("request")),
    "requests:finish": or_owner(recruiter("request")),
    "requests:new": recruiter(),
    "requests:bulk": recruiter(),
    "requests:bulk_action": recruiter("bulk action"),
    "requests:bulk_again": recruiter("bulk action", only_post=True),
    "requests:download": recruiter(),
    "requests:download_show": recruiter("list download"),
    "requests:download_file": recruiter("list download", only_post=True),
    "requests:download_again": recruiter("list download", only_post=True),
    "requests:download_delete": recruiter("list download", only_post=True),
    "requests:test": recruiter(),
    "requests:erase_test": recruiter("test request"),
    "requests:extend": or_owner(recruiter("request")),
    "requests:go_on": or_owner(recruiter("request", only_post=True)),
    "requests:remind": or_owner(recruiter("request")),
    "requests:skip_reminder": or_owner(recruiter("request", only_post=True)),
    "requests:approve": or_owner(recruiter("request")),
    "requests:release": or_owner(recruiter("request", only_post=True)),
    "requests:accept_late": or_owner(recruiter("request", only_post=True)),
    "requests:reference_resend": or_owner(recruiter("request", only_post=True)),
    "requests:reference_address": or_owner(recruiter("request")),
    "requests:reopen": or_owner(recruiter("request")),
    "requests:note": or_owner(recruiter("request")),
    "requests:attachment": or_owner(recruiter("request")),
    "requests:owner": recruiter("request"),
    "requests:candidate_link": or_owner(recruiter("request")),
    "requests:add_reference": or_owner(recruiter("request")),
    "requests:undo_decline": or_owner(recruiter("request")),
    # Prospects
    "prospects:list": viewer(),
    "prospects:detail": viewer("prospect"),
    "prospects:download": recruiter(only_post=True),
    "prospects:remove": admin("prospect"),
    "prospects:removed": recruiter(),
    "prospects:deleted_there": admin("former prospect", only_post=True),
    "prospects:question": viewer(),
    "prospects:question_change": admin("survey"),
    "prospects:export_settings": admin(),
    "prospects:export_read": admin(only_post=True),
    "prospects:export_tags": admin(),
    "prospects:export_existing": admin(only_post=True),
    "prospects:export_new": admin(only_post=True),
    "prospects:export_start": admin(),
    "prospects:export_chosen": admin(),
    "prospects:export_run": admin("export run"),
    "prospects:export_stop": admin("export run", only_post=True),
    "prospects:export_resume": admin("export run", only_post=True),
    "prospects:export_try_again": admin("export run", only_post=True),
    # Templates
    "templates:list": viewer(),
    "templates:new": admin(),
    "templates:preview": admin(only_post=True),
    "templates:created": admin("template"),
    "templates:edit": admin("template"),
    "templates:versions": admin("template"),
    "templates:compare": admin("template"),
    "templates:restore_version": admin("template", only_post=True),
    "templates:delete": admin("template"),
    "templates:restore": admin("deleted template", only_post=True),
    # Surveys
    "surveys:list": viewer(),
    "surveys:new": admin(),
    "surveys:read": viewer("survey"),
    "surveys:duplicate": admin("survey", only_post=True),
    "surveys:edit": admin("survey"),
    "surveys:rename": admin("survey"),
    "surveys:publish": admin("survey", only_post=True),
    "surveys:discard": admin("survey", only_post=True),
    "surveys:delete": admin("survey"),
    "surveys:guard": admin("survey", only_post=True),
    "surveys:add_question": admin("survey"),
    "surveys:question": admin("survey"),
    "surveys:arrange": admin("survey", only_post=True),
    "survey_preview:page": viewer("survey"),
    # Connectors
    "connectors:list": viewer(),
    "connectors:manage": viewer(),
    "connectors:checklist": admin(),
    "connectors:access": viewer(),
    "connectors:connect": admin(only_post=True),
    "connectors:set_up": admin(only_post=True),
    "connectors:switch_requests": admin(only_post=True),
    "connectors:switch_attachments": admin(only_post=True),
    "connectors:check": admin(only_post=True),
    "connectors:settings": admin(asks_first=True),
    "connectors:use_step_name": admin(only_post=True),
    "connectors:accept_steps": admin(only_post=True),
    "connectors:default_template": admin(only_post=True),
    "connectors:pause": admin(),
    "connectors:resume": admin(only_post=True),
    "connectors:disconnect": admin(),
    "connectors:task": or_owner(recruiter("background task")),
    "connectors:task_try_again": or_owner(recruiter("background task", only_post=True)),
    "events:list": recruiter(),
    "events:detail": or_owner(recruiter("event")),
    "events:explain": recruiter(),
    "events:explain_send": recruiter(only_post=True),
    "events:dry_run": admin(),
    "events:dry_run_preview": admin(),
    "events:try_again": or_owner(recruiter("event", only_post=True)),
    "events:send_with": or_owner(recruiter("event")),
    "events:send_to": or_owner(recruiter("event")),
    "events:send_another": or_owner(recruiter("event")),
    "events:turn_on": admin("event"),
    "events:resume": admin("event", only_post=True),
    "events:restore": admin("event", only_post=True),
    "events:quiet": or_owner(recruiter("event")),
    "events:replay": recruiter(),
    "events:replayed": recruiter("replay"),
    "events:flood": recruiter(),
    "events:review": recruiter(),
    # The organization
    "organization:profile": admin(asks_first=True),
    "organization:logo": admin(only_post=True),
    "organization:remove_logo": admin(only_post=True),
    "brand:stylesheet": PUBLIC,
    "brand:logo": Line("public", names="logo"),
    # Privacy
    # After a restore
    "restored:held": viewer(),
    "restored:decide": recruiter(only_post=True),
    "privacy:desk": admin(),
    "privacy:person": admin("request"),
    "privacy:export_ask": admin("request"),
    "privacy:export": admin("data export"),
    "privacy:correct": admin("request"),
    "privacy:erase": admin("request", asks_first=True),
    "privacy:erase_reference": admin("reference", asks_first=True),
    "privacy:erasures": admin(),
    "privacy:erasure": admin("erasure"),
    "privacy:erasure_again": admin("erasure", only_post=True),
    "privacy:deleted_there": admin("erasure", only_post=True),
    "reports:settings": admin(),
    "reports:shared": admin(),
    "reports:private": admin(),
    "reports:networks": admin(),
    "privacy:retention": admin(asks_first=True),
    "privacy:place_hold": admin(only_post=True),
    "privacy:release_hold": admin("hold", only_post=True, asks_first=True),
    "privacy:write_again": admin(only_post=True),
    "privacy:offboarding": owner(asks_first=True),
    "privacy:keep_organization": owner(only_post=True),
    "privacy:export_everything": owner(only_post=True),
    "privacy:offboarding_again": owner(only_post=True),
    "privacy:export_download": admin("data export", only_post=True),
    "privacy:export_again": admin("data export", only_post=True),
    "privacy:export_delete": admin("data export", only_post=True),
    # People
    "audit:list": admin(),
    "members:list": admin(),
    "members:role": admin("member", asks_first=True),
    "members:remove": admin("member", asks_first=True),
    "members:invite": admin(asks_first=True),
    "members:invitation_resend": admin("invitation", only_post=True, asks_first=True),
    "members:invitation_cancel": admin("invitation", only_post=True),
    # A secret link that leads to an account, so it has a session and the CSRF check.
    "invitation": Line("public", names="invitation"),
    "ask:send": or_owner(viewer(only_post=True)),
    # Codes for owners without an account: each page looks the same, whatever exists.
    "email_code:code": PUBLIC,
    "email_code:sign_out": Line("public", only_post=True),
    "email_code:signed_out": PUBLIC,
    # The vendor's
    "callback:callback": SIGNED_IN,
    "hooks:deliver": Line("signature", only_post=True),
    "hooks:text_status": Line("signature", names="request", only_post=True),
    "hooks:text_inbound": Line("signature", only_post=True),
    # Secret links
    "public:candidate": CANDIDATE,
    "public:candidate_about": CANDIDATE,
    "public:candidate_start": CANDIDATE,
    "public:candidate_decline": CANDIDATE,
    "public:candidate_name": CANDIDATE,
    "public:candidate_other": CANDIDATE,
    "public:candidate_relation": CANDIDATE,
    "public:candidate_replace": CANDIDATE,
    "public:candidate_release": CANDIDATE,
    "public:candidate_email": CANDIDATE,
    "public:candidate_check": CANDIDATE,
    "public:candidate_address": CANDIDATE,
    "public:candidate_remind": CANDIDATE,
    "public:own_view_question": CANDIDATE,
    "public:own_view_check": CANDIDATE,
    "public:candidate_answers": CANDIDATE,
    "public:candidate_fresh": CANDIDATE,
    "public:candidate_not_me": CANDIDATE,
    "public:candidate_stop": CANDIDATE,
    "public:reference": REFERENCE,
    "public:reference_about": REFERENCE,
    "public:reference_start": REFERENCE,
    "public:reference_question": REFERENCE,
    "public:reference_facts": REFERENCE,
    "public:reference_change": REFERENCE,
    "public:reference_copy": REFERENCE,
    "public:reference_check": REFERENCE,
    "public:reference_cannot": REFERENCE,
    "public:reference_wrong_person": REFERENCE,
    "public:reference_fresh": REFERENCE,
    "prospect:thanks": REFERENCE,
    "prospect:thanks_remove": REFERENCE,
    "prospect:stored": PROSPECT,
    "prospect:renew": PROSPECT,
    "prospect:remove": PROSPECT,
    "prospect:unsubscribe": PROSPECT,
    "public:reference_stop": REFERENCE,
    # Shows nothing of the report until a one-time code or a sign-in identifies the visitor.
    "public:report": Line("public", names="request"),
    "public:report_pdf": Line("public", names="request"),
    "public:report_version": Line("public", names="request"),
    "public:report_version_pdf": Line("public", names="request"),
    "public:report_changes": Line("public", names="request"),
    # Passes a wish on to the owner, and says the same to everyone.
    "public:ask_access": Line("public", names="request"),
}
# Without Django's CSRF token, because no cookie authorizes the request.
CSRF_EXEMPT = {name for name, line in POLICY.items() if line.kind in ("token", "signature")}
