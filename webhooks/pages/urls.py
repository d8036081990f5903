from django.urls import path

from . import dry_run, explain, fixes, log, many, send

app_name = "events"
urlpatterns = [
    path("<slug:vendor>/events/", log.events, name="list"),
    path("<slug:vendor>/events/<uuid:uid>/", log.event, name="detail"),
    path("<slug:vendor>/explain/", explain.explain, name="explain"),
    path("<slug:vendor>/explain/send/", explain.send, name="explain_send"),
    path("<slug:vendor>/jobs/", dry_run.jobs, name="dry_run"),
    path("<slug:vendor>/jobs/preview/", dry_run.preview, name="dry_run_preview"),
    path("<slug:vendor>/events/<uuid:uid>/try-again/", fixes.try_again, name="try_again"),
    path("<slug:vendor>/events/<uuid:uid>/send/", send.send_with, name="send_with"),
    path("<slug:vendor>/events/<uuid:uid>/send-to/", send.send_to, name="send_to"),
    path("<slug:vendor>/events/<uuid:uid>/send-another/", fixes.send_another, name="send_another"),
    path("<slug:vendor>/events/<uuid:uid>/turn-on/", fixes.turn_on, name="turn_on"),
    path("<slug:vendor>/events/<uuid:uid>/resume/", fixes.resume, name="resume"),
    path("<slug:vendor>/events/<uuid:uid>/restore/", fixes.restore, name="restore"),
    path("<slug:vendor>/events/<uuid:uid>/mails/", fixes.quiet, name="quiet"),
    path("<slug:vendor>/events/replay/", many.replay_failed, name="replay"),
    path("<slug:vendor>/events/replay/<uuid:uid>/", many.replayed, name="replayed"),
    path("<slug:vendor>/events/review/", many.review_and_send, name="review"),
    path("<slug:vendor>/events/waiting/", many.flooded, name="flood"),
]
