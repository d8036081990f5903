from django.urls import path

from templates_app.request_templates.views import editor, preview, template_list, versions

app_name = "templates"
urlpatterns = [
    path("", template_list.list_templates, name="list"),
    path("new/", editor.new_template, name="new"),
    path("preview/", preview.preview, name="preview"),
    path("<uuid:uid>/created/", editor.created, name="created"),
    path("<uuid:uid>/edit/", editor.edit, name="edit"),
    path("<uuid:uid>/delete/", template_list.delete, name="delete"),
    path("<uuid:uid>/restore/", template_list.restore, name="restore"),
    path("<uuid:uid>/versions/", versions.versions, name="versions"),
    path("<uuid:uid>/versions/compare/", versions.compare, name="compare"),
    path("<uuid:uid>/versions/restore/", versions.restore_version, name="restore_version"),
]
