from django.urls import path

from crosschq.accounts.branding.views import branding

app_name = "organization"
urlpatterns = [
    path("", branding.profile, name="profile"),
    path("logo/", branding.logo, name="logo"),
    path("logo/remove/", branding.remove, name="remove_logo"),
]
