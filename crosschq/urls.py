"""Every URL. Staff pages live under their organization; secret links, webhooks and callbacks at the root."""

from django.conf import settings
from django.urls import include, path

from crosschq import health
from crosschq.organizations.pages import views as organizations

urlpatterns = [
    path("", organizations.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("allauth.account.urls")),
    path("o/<slug:slug>/requests/", include("requests_app.pages.urls")),
    path("o/<slug:slug>/templates/", include("templates_app.pages.urls")),
    path("o/<slug:slug>/connectors/", include("webhooks.pages.urls")),
    path("o/<slug:slug>/connectors/", include("connectors.pages.urls")),
    path("connect/", include("connectors.pages.callback_urls")),
    path("hooks/", include("webhooks.pages.hook_urls")),
    path("", include("requests_app.pages.public_urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("styleguide/", include("crosschq.core.styleguide")))
