from django.urls import path

from . import views

app_name = "connectors"
urlpatterns = [
    path("", views.connectors, name="list"),
    path("<slug:vendor>/", views.manage, name="manage"),
    path("<slug:vendor>/connect/", views.connect, name="connect"),
    path("<slug:vendor>/set-up/", views.set_up, name="set_up"),
    path("<slug:vendor>/requests/", views.switch_requests, name="switch_requests"),
    path("<slug:vendor>/disconnect/", views.disconnect, name="disconnect"),
]
