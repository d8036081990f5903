"""Logging: one JSON object per line, with ids but no names, addresses, tokens, or bodies."""

import logging.config
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import structlog

ROOT = Path(__file__).resolve().parents[3]


def exception_without_values(
    _logger: structlog.typing.WrappedLogger, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Log an exception's class and traceback without its message.

    A database error quotes the row that it rejects, and a failed conversion quotes its input.
    """
    exc_info = event.pop("exc_info", None)
    if exc_info is True:
        exc_info = sys.exc_info()
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    record = event.get("_record")
    if isinstance(error, BaseException):
        event["exception"] = list(_lines(error))
        if record is not None and not event["_from_structlog"]:
            # This line is from a library, and its arguments include the exception's message.
            event["event"] = str(record.msg).partition("\n")[0]
    return event


def _lines(error: BaseException) -> Iterator[str]:
    """The error and its causes, oldest first. The chain may contain a cycle."""
    chain: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in chain:
        chain.append(step)
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    for each in reversed(chain):
        kind = type(each)
        yield f"{kind.__module__}.{kind.__qualname__}"
        for frame in traceback.extract_tb(each.__traceback__):
            yield f"  {frame.filename.removeprefix(f'{ROOT}/')}:{frame.lineno} {frame.name}"


def logging_config(level: str) -> None:
    """Send records from structlog and the standard library through one JSON formatter to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        exception_without_values,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.JSONRenderer(),
                    ],
                }
            },
            "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["console"], "level": level},
            "loggers": {
                # Django's request log contains paths, and our paths contain secret tokens.
                "django.request": {"level": "CRITICAL"},
                "django.security": {"level": "CRITICAL"},
                "django.server": {"level": "CRITICAL"},
                # At DEBUG level these log tokens and addresses.
                "oauthlib": {"level": "INFO"},
                "requests_oauthlib": {"level": "INFO"},
                "urllib3": {"level": "INFO"},
            },
        }
    )
