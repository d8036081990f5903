from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crosschq.tenancy.access import Policy, with_policy
from webhooks.inbox import receive, receiver
from webhooks.inbox.endpoints import DatabaseEndpoints


@csrf_exempt
@require_POST
def deliver(request: HttpRequest, vendor: str, path_token: str) -> HttpResponse:
    """The webhook endpoint. The web server answers deliveries ahead of Django, by the same rules: see receiver.py."""
    answer = receiver.answer(
        request.META, vendor=vendor, path_token=path_token, endpoints=DatabaseEndpoints(), store=receive.store_delivery
    )
    return HttpResponse(status=answer.status, headers=answer.headers)


with_policy(deliver, Policy("signature"))
