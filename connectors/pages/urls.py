from django.urls import path

from . import acts, details, tasks, views

app_name = "connectors"
urlpatterns = [
    path("", views.connectors, name="list"),
    path("<slug:vendor>/", views.manage, name="manage"),
    path("<slug:vendor>/connect/", acts.connect, name="connect"),
    path("<slug:vendor>/set-up/", acts.set_up, name="set_up"),
    path("<slug:vendor>/checklist/", details.setup_checklist, name="checklist"),
    path("<slug:vendor>/access/", details.access, name="access"),
    path("<slug:vendor>/check/", acts.check, name="check"),
    path("<slug:vendor>/settings/", details.settings, name="settings"),
    path("<slug:vendor>/step-name/", acts.use_step_name, name="use_step_name"),
    path("<slug:vendor>/steps/", acts.accept_steps, name="accept_steps"),
    path("<slug:vendor>/empty-tag/", details.save_default_template, name="default_template"),
    path("<slug:vendor>/requests/", acts.switch_requests, name="switch_requests"),
    path("<slug:vendor>/pause/", acts.pause, name="pause"),
    path("<slug:vendor>/resume/", acts.resume, name="resume"),
    path("<slug:vendor>/disconnect/", acts.disconnect, name="disconnect"),
    path("<slug:vendor>/tasks/<uuid:uid>/", tasks.show, name="task"),
    path("<slug:vendor>/tasks/<uuid:uid>/try-again/", tasks.try_again, name="task_try_again"),
]
