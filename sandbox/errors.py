"""The vendor's error body, and an exception that becomes one."""

from __future__ import annotations

from starlette.responses import JSONResponse


class ApiError(Exception):
    """Ends a call with a status and an ErrorResponse; ``code`` is the vendor's where one is documented."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def response(self) -> JSONResponse:
        body = {"errors": [{"code": self.code, "message": self.message}], "message": self.message}
        return JSONResponse(body, status_code=self.status)


def bad_request(message: str) -> ApiError:
    """A parameter or body that cannot be read; the vendor documents the status and no code."""
    return ApiError(400, "BAD_REQUEST", message)
