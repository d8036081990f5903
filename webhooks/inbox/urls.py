from django.conf import settings
from django.urls import path

from crosschq.messaging.callbacks.urls import email_urls, text_urls
from webhooks.inbox import views as hook

app_name = "hooks"
urlpatterns = [
    *text_urls(),
    *email_urls(settings.EMAIL_PROVIDER),
    path("<slug:vendor>/<str:path_token>", hook.deliver, name="deliver"),
]
