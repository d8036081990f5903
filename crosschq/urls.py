"""Every URL. Staff pages live under their organization; secret links, webhooks and callbacks at the root."""

from django.conf import settings
from django.urls import include, path

from crosschq import health
from crosschq.console.pages import home
from crosschq.organizations.pages import joining, profile, reauthentication, sessions

handler500 = "crosschq.errors.server_error"

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("crosschq.organizations.pages.second_step_urls")),
    path("accounts/confirm/<str:act>/", reauthentication.confirm_act, name="confirm_act"),
    path("accounts/confirm/<str:act>/<str:by>/", reauthentication.confirm_act, name="confirm_act_by"),
    path("profile/", profile.profile, name="profile"),
    path("profile/theme/", profile.theme, name="theme"),
    path("profile/sessions/", sessions.sessions, name="sessions"),
    path("o/<slug:slug>/setup/", include("crosschq.console.pages.urls")),
    path("o/<slug:slug>/requests/", include("requests_app.pages.urls")),
    path("o/<slug:slug>/templates/", include("templates_app.pages.urls")),
    path("o/<slug:slug>/prospects/", include("prospects.pages.urls")),
    path("o/<slug:slug>/surveys/", include("templates_app.pages.survey_urls")),
    path("o/<slug:slug>/surveys/", include("requests_app.pages.preview_urls")),
    path("o/<slug:slug>/connectors/", include("webhooks.pages.urls")),
    path("o/<slug:slug>/connectors/", include("connectors.pages.urls")),
    path("o/<slug:slug>/members/", include("crosschq.organizations.pages.members_urls")),
    path("o/<slug:slug>/audit-log/", include("crosschq.organizations.pages.audit_urls")),
    path("o/<slug:slug>/organization/", include("crosschq.organizations.pages.branding_urls")),
    path("brand/", include("crosschq.organizations.pages.brand_urls")),
    path("invitations/<str:token>/", joining.accept_invitation, name="invitation"),
    path("connect/", include("connectors.pages.callback_urls")),
    path("hooks/", include("webhooks.pages.hook_urls")),
    path("", include("requests_app.pages.public_urls")),
    path("", include("prospects.pages.public_urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("styleguide/", include("crosschq.core.styleguide")))
