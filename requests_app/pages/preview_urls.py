from django.urls import path

from . import survey_preview

app_name = "survey_preview"
urlpatterns = [
    path("<slug:key>/preview/<int:number>/", survey_preview.page, name="page"),
]
