from django.urls import path

from crosschq.console.home import views as home

app_name = "setup"
urlpatterns = [
    path("", home.setup, name="list"),
]
