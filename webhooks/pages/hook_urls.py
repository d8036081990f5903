from django.conf import settings
from django.urls import path

from . import hook
from .provider_urls import mail_urls, text_urls

app_name = "hooks"
urlpatterns = [
    *text_urls(),
    *mail_urls(settings.EMAIL_PROVIDER),
    path("<slug:vendor>/<str:path_token>", hook.deliver, name="deliver"),
]
