from django.urls import path

from . import home

app_name = "setup"
urlpatterns = [
    path("", home.setup, name="list"),
]
