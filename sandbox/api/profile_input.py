"""The body that creates or changes a candidate, checked and turned into fields of a profile."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.errors import ApiError, bad_request
from sandbox.model import Source, World
from sandbox.sources import Ambiguous, UnknownSource, UnknownType, WrongSubtype, source

Given = dict[str, Any]
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_LOCATION_TEXTS = ("country", "countryCode", "regionCode", "region", "city")
_WEB = ("skype", "linkedin", "facebook", "twitter", "website")
_EDUCATION = ("institution", "degree", "major", "startDate", "endDate", "location", "description")
_EXPERIENCE = ("title", "company", "startDate", "endDate", "location", "description")


def personal(body: Given, *, whole: bool) -> Given:
    """Name, email, phone, location, and web pages. ``whole``: required fields must be present. Raises ApiError 400."""
    readers: dict[str, tuple[str, Callable[[object, str], Any]]] = {
        "firstName": ("first_name", _filled),
        "lastName": ("last_name", _filled),
        "email": ("email", _email),
        "phoneNumber": ("phone", _text),
        "location": ("location", _location),
        "web": ("web", lambda value, name: _object(value, name, _WEB)),
    }
    if whole:
        missing = [name for name in ("firstName", "lastName", "email") if body.get(name) is None]
        if missing:
            raise bad_request(f"{', '.join(missing)} must be given.")
    return {ours: read(body[name], name) for name, (ours, read) in readers.items() if body.get(name) is not None}


def whole_profile(body: Given, *, tag_length: int) -> Given:
    """All fields of a new candidate except the source. Raises ApiError 400."""
    given = personal(body, whole=True)
    if body.get("tags") is not None:
        given["tags"] = tags(body, length=tag_length)
    for name, fields in (("education", _EDUCATION), ("experience", _EXPERIENCE)):
        if body.get(name) is not None:
            given[name] = [_position(item, name, fields) for item in _list(body[name], name)]
    if body.get("internal") is not None:
        if not isinstance(body["internal"], bool):
            raise bad_request("internal must be true or false.")
        given["internal"] = body["internal"]
    return given


def tags(body: Given, *, length: int) -> list[str]:
    """The body's ``tags``. Raises ApiError 400."""
    found = _list(body.get("tags"), "tags")
    if not all(isinstance(tag, str) and tag.strip() and len(tag) <= length for tag in found):
        raise bad_request(f"Each tag must be a text of 1 to {length} characters.")
    return found


def named_source(world: World, given: object, *, on_job: bool) -> Source:
    """The source that ``sourceDetails`` names. Raises ApiError with the codes of the two creating operations."""
    if not isinstance(given, dict):
        raise bad_request("sourceDetails must be an object.")
    type_id, source_id = _filled(given.get("sourceTypeId"), "sourceTypeId"), _filled(given.get("sourceId"), "sourceId")
    subtype_id = given.get("sourceSubTypeId")
    try:
        return source(world, type_id, source_id, None if subtype_id is None else _text(subtype_id, "sourceSubTypeId"))
    except UnknownType as error:
        raise ApiError(404, "SOURCE_TYPE_NOT_FOUND", "There is no such source type.") from error
    except Ambiguous as error:
        raise ApiError(400, "SUBTYPE_REQUIRED", "Several sources match: sourceSubTypeId is needed.") from error
    except WrongSubtype as error:
        raise ApiError(400, "SOURCE_NOT_FOUND", "The source type has no such subtype.") from error
    except UnknownSource as error:
        code = "INVALID_SOURCE_ID" if on_job and error.elsewhere else "SOURCE_NOT_FOUND"
        raise ApiError(400, code, "The source type has no such source.") from error


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise bad_request(f"{name} must be text.")
    return value


def _filled(value: object, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise bad_request(f"{name} must be a text that is not blank.")
    return value


def _email(value: object, name: str) -> str:
    if not isinstance(value, str) or not EMAIL.fullmatch(value):
        raise bad_request(f"{name} must be an email address.")
    return value


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise bad_request(f"{name} must be a list.")
    return value


def _object(value: object, name: str, fields: tuple[str, ...]) -> Given:
    """An object's known fields, all of them text; others are ignored."""
    if not isinstance(value, dict):
        raise bad_request(f"{name} must be an object.")
    return {field: _text(value[field], f"{name}.{field}") for field in fields if value.get(field) is not None}


def _location(value: object, name: str) -> Given:
    found = _object(value, name, _LOCATION_TEXTS)
    if len(found.get("countryCode", "xx")) != 2:
        raise bad_request("location.countryCode must have two letters.")
    for field in ("lat", "lng"):
        number = value.get(field) if isinstance(value, dict) else None
        if number is not None:
            if isinstance(number, bool) or not isinstance(number, int | float):
                raise bad_request(f"location.{field} must be a number.")
            found[field] = number
    return found


def _position(value: object, name: str, fields: tuple[str, ...]) -> Given:
    """One entry of the education or the experience. A date is a year, a month or a day."""
    found = _object(value, name, fields)
    for field in ("startDate", "endDate"):
        if field in found and not _DATE.fullmatch(found[field]):
            raise bad_request(f"{name}.{field} must look like 2026, 2026-01 or 2026-01-31.")
    current = value.get("current") if isinstance(value, dict) else None
    if current is not None:
        if not isinstance(current, bool):
            raise bad_request(f"{name}.current must be true or false.")
        found["current"] = current
    return found
