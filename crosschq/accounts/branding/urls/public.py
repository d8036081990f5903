from django.urls import path

from crosschq.accounts.branding.views import brand_files

app_name = "brand"
urlpatterns = [
    # Browsers keep a stylesheet for a year: what colors.stylesheet writes differently needs another number.
    path("colors/1-<slug:color>.css", brand_files.stylesheet, name="stylesheet"),
    path("logos/<slug:digest>", brand_files.logo, name="logo"),
]
