from django.urls import path

from . import log

app_name = "events"
urlpatterns = [
    path("<slug:vendor>/events/", log.events, name="list"),
    path("<slug:vendor>/events/<uuid:uid>/", log.event, name="detail"),
    path("<slug:vendor>/events/<uuid:uid>/try-again/", log.try_again, name="try_again"),
]
