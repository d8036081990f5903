from django.urls import path

from connectors.manage.views import callback

app_name = "callback"
urlpatterns = [path("<slug:vendor>/callback", callback.callback, name="callback")]
