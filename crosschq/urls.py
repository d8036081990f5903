"""Every URL. Staff pages are below their organization; secret links, webhooks, and callbacks are at the root."""

from django.conf import settings
from django.urls import include, path

from crosschq import health
from crosschq.accounts.members.views import join
from crosschq.accounts.profile.views import profile, sessions
from crosschq.accounts.sign_in.views import reauthentication
from crosschq.console.home import views as home

handler500 = "crosschq.errors.server_error"

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("crosschq.accounts.sign_in.urls")),
    path("accounts/confirm/<str:act>/", reauthentication.confirm_act, name="confirm_act"),
    path("accounts/confirm/<str:act>/<str:by>/", reauthentication.confirm_act, name="confirm_act_by"),
    path("profile/", profile.profile, name="profile"),
    path("profile/theme/", profile.theme, name="theme"),
    path("profile/sessions/", sessions.sessions, name="sessions"),
    path("o/<slug:slug>/", home.of_organization, name="organization_home"),
    path("o/<slug:slug>/setup/", include("crosschq.console.home.urls")),
    path("o/<slug:slug>/requests/", include("requests_app.staff.urls")),
    path("o/<slug:slug>/reports/", include("requests_app.report.settings.urls")),
    path("o/<slug:slug>/templates/", include("templates_app.request_templates.urls")),
    path("o/<slug:slug>/prospects/", include("prospects.staff.urls")),
    path("o/<slug:slug>/surveys/", include("templates_app.surveys.urls")),
    path("o/<slug:slug>/surveys/", include("requests_app.reference.urls")),
    path("o/<slug:slug>/connectors/", include("webhooks.log.urls")),
    path("o/<slug:slug>/connectors/", include("connectors.manage.urls.staff")),
    path("o/<slug:slug>/ask/", include("crosschq.accounts.ask.urls")),
    path("o/<slug:slug>/members/", include("crosschq.accounts.members.urls")),
    path("o/<slug:slug>/audit-log/", include("crosschq.accounts.audit_log.urls")),
    path("o/<slug:slug>/privacy/", include("crosschq.privacy.urls")),
    path("o/<slug:slug>/restored/", include("crosschq.console.restore.urls")),
    path("o/<slug:slug>/organization/", include("crosschq.accounts.branding.urls.staff")),
    path("brand/", include("crosschq.accounts.branding.urls.public")),
    path("", include("crosschq.accounts.email_code.urls")),
    path("invitations/<str:token>/", join.accept_invitation, name="invitation"),
    path("connect/", include("connectors.manage.urls.callback")),
    path("hooks/", include("webhooks.inbox.urls")),
    path("", include("requests_app.public.urls")),
    path("", include("prospects.opt_in.urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("styleguide/", include("crosschq.console.styleguide.urls")))
