"""The vendor's error body, and an exception that becomes one."""

from __future__ import annotations

from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.switches import Switches

# Errors whose body the vendor doesn't document (question 8).
UNDOCUMENTED_BODIES = frozenset({"UNAUTHORIZED", "ACCESS_DENIED", "OAuthPermissionsException", "TOO_MANY_REQUESTS"})


class ApiError(Exception):
    """Ends a call with a status and an ErrorResponse. ``code`` is the vendor's if it documents one."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def response(self) -> Response:
        body = {"errors": [{"code": self.code, "message": self.message}], "message": self.message}
        return JSONResponse(body, status_code=self.status)

    def response_under(self, switches: Switches) -> Response:
        """The API response. A switch sets the body if none is documented."""
        if self.code not in UNDOCUMENTED_BODIES or switches.refusal_body == "errors":
            return self.response()
        if switches.refusal_body == "message":
            return JSONResponse({"message": self.message}, status_code=self.status)
        if switches.refusal_body == "html":
            return HTMLResponse(f"<html><body><h1>{self.status}</h1></body></html>", status_code=self.status)
        return Response(status_code=self.status)


def bad_request(message: str) -> ApiError:
    """The error for an unreadable parameter or body; the vendor documents the status but no code."""
    return ApiError(400, "BAD_REQUEST", message)
