from django.urls import path

from . import editor, views

app_name = "templates"
urlpatterns = [
    path("", views.list_templates, name="list"),
    path("new/", editor.new_template, name="new"),
    path("<uuid:uid>/edit/", editor.edit, name="edit"),
    path("<uuid:uid>/delete/", views.delete, name="delete"),
    path("<uuid:uid>/restore/", views.restore, name="restore"),
]
