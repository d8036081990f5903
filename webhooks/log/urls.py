from django.urls import path

from webhooks.explain.views import dry_run, explain
from webhooks.log.views import actions, bulk, event_log, send

app_name = "events"
urlpatterns = [
    path("<slug:vendor>/events/", event_log.events, name="list"),
    path("<slug:vendor>/events/<uuid:uid>/", event_log.event, name="detail"),
    path("<slug:vendor>/explain/", explain.explain, name="explain"),
    path("<slug:vendor>/explain/send/", explain.send, name="explain_send"),
    path("<slug:vendor>/jobs/", dry_run.jobs, name="dry_run"),
    path("<slug:vendor>/jobs/preview/", dry_run.preview, name="dry_run_preview"),
    path("<slug:vendor>/events/<uuid:uid>/try-again/", actions.try_again, name="try_again"),
    path("<slug:vendor>/events/<uuid:uid>/send/", send.send_with, name="send_with"),
    path("<slug:vendor>/events/<uuid:uid>/send-to/", send.send_to, name="send_to"),
    path("<slug:vendor>/events/<uuid:uid>/send-another/", actions.send_another, name="send_another"),
    path("<slug:vendor>/events/<uuid:uid>/turn-on/", actions.turn_on, name="turn_on"),
    path("<slug:vendor>/events/<uuid:uid>/resume/", actions.resume, name="resume"),
    path("<slug:vendor>/events/<uuid:uid>/restore/", actions.restore, name="restore"),
    path("<slug:vendor>/events/<uuid:uid>/mails/", actions.job_notices, name="quiet"),
    path("<slug:vendor>/events/replay/", bulk.replay_failed, name="replay"),
    path("<slug:vendor>/events/replay/<uuid:uid>/", bulk.replayed, name="replayed"),
    path("<slug:vendor>/events/review/", bulk.review_and_send, name="review"),
    path("<slug:vendor>/events/waiting/", bulk.burst, name="flood"),
]
