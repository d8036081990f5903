from django.urls import path

from crosschq.accounts.branding.views import brand_files

app_name = "brand"
urlpatterns = [
    # Browsers cache a stylesheet for a year, so change this number when colors.stylesheet changes.
    path("colors/1-<slug:color>.css", brand_files.stylesheet, name="stylesheet"),
    path("logos/<slug:digest>", brand_files.logo, name="logo"),
]
