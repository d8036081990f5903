from django.urls import path

from . import export, export_chosen, export_run

urlpatterns = [
    path("export/<slug:vendor>/settings/", export.settings_page, name="export_settings"),
    path("export/<slug:vendor>/read/", export.read, name="export_read"),
    path("export/<slug:vendor>/tags/", export.tags, name="export_tags"),
    path("export/<slug:vendor>/existing/", export.switch_existing, name="export_existing"),
    path("export/<slug:vendor>/new/", export.switch_new, name="export_new"),
    path("export/<slug:vendor>/start/", export.start, name="export_start"),
    path("export/<slug:vendor>/chosen/", export_chosen.chosen, name="export_chosen"),
    path("runs/<uuid:uid>/", export_run.show, name="export_run"),
    path("runs/<uuid:uid>/stop/", export_run.stop, name="export_stop"),
    path("runs/<uuid:uid>/resume/", export_run.resume, name="export_resume"),
    path("runs/<uuid:uid>/try-again/", export_run.try_again, name="export_try_again"),
]
