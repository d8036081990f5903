import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crosschq.settings")

django_application = get_wsgi_application()

from webhooks.inbox import receiver  # noqa: E402 - it needs Django set up

application = receiver.Receiver(django_application)
