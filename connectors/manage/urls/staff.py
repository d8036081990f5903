from django.urls import path

from connectors.background_tasks import views as tasks
from connectors.manage.views import actions, details, manage

app_name = "connectors"
urlpatterns = [
    path("", manage.connectors, name="list"),
    path("<slug:vendor>/", manage.manage, name="manage"),
    path("<slug:vendor>/connect/", actions.connect, name="connect"),
    path("<slug:vendor>/set-up/", actions.set_up, name="set_up"),
    path("<slug:vendor>/checklist/", details.setup_checklist, name="checklist"),
    path("<slug:vendor>/access/", details.access, name="access"),
    path("<slug:vendor>/check/", actions.check, name="check"),
    path("<slug:vendor>/settings/", details.settings, name="settings"),
    path("<slug:vendor>/step-name/", actions.use_step_name, name="use_step_name"),
    path("<slug:vendor>/steps/", actions.accept_steps, name="accept_steps"),
    path("<slug:vendor>/empty-tag/", details.save_default_template, name="default_template"),
    path("<slug:vendor>/requests/", actions.switch_requests, name="switch_requests"),
    path("<slug:vendor>/attachments/", actions.switch_attachments, name="switch_attachments"),
    path("<slug:vendor>/pause/", actions.pause, name="pause"),
    path("<slug:vendor>/resume/", actions.resume, name="resume"),
    path("<slug:vendor>/disconnect/", actions.disconnect, name="disconnect"),
    path("<slug:vendor>/tasks/<uuid:uid>/", tasks.show, name="task"),
    path("<slug:vendor>/tasks/<uuid:uid>/try-again/", tasks.try_again, name="task_try_again"),
]
