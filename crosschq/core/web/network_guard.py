"""Whether this thread is answering a web request. If so, it may not call the ATS, which could block the thread.

A work item makes such calls, and the page shows its progress: see connectors/background_tasks/lifecycle.py.
"""

from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

_is_answering: ContextVar[bool] = ContextVar("is_answering_web_request", default=False)


def is_answering() -> bool:
    return _is_answering.get()


class WebRequestMiddleware:
    """Marks the thread while a view runs, so that `core.web.http` refuses calls."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _is_answering.set(True)
        try:
            return self.get_response(request)
        finally:
            _is_answering.reset(token)
