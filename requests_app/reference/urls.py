from django.urls import path

from requests_app.reference.views import preview

app_name = "survey_preview"
urlpatterns = [
    path("<slug:key>/preview/<int:number>/", preview.page, name="page"),
]
