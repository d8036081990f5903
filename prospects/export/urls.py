from django.urls import path

from prospects.export.views import run, selected, settings

urlpatterns = [
    path("export/<slug:vendor>/settings/", settings.settings_page, name="export_settings"),
    path("export/<slug:vendor>/read/", settings.refresh_options, name="export_read"),
    path("export/<slug:vendor>/tags/", settings.tags, name="export_tags"),
    path("export/<slug:vendor>/existing/", settings.switch_existing, name="export_existing"),
    path("export/<slug:vendor>/new/", settings.switch_new, name="export_new"),
    path("export/<slug:vendor>/start/", settings.start, name="export_start"),
    path("export/<slug:vendor>/chosen/", selected.export_selected, name="export_chosen"),
    path("runs/<uuid:uid>/", run.show, name="export_run"),
    path("runs/<uuid:uid>/stop/", run.stop, name="export_stop"),
    path("runs/<uuid:uid>/resume/", run.resume, name="export_resume"),
    path("runs/<uuid:uid>/try-again/", run.try_again, name="export_try_again"),
]
