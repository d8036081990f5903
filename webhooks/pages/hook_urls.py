from django.urls import path

from . import hook

app_name = "hooks"
urlpatterns = [path("<slug:vendor>/<str:path_token>", hook.deliver, name="deliver")]
