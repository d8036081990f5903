"""The vendor's OpenAPI document, reduced to what we call, and a validator of requests and responses."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.validation.schemas import factories

from tests.contract import repairs

SPEC = Path(__file__).parents[2].parent / "shared" / "smartrecruiters" / "spec"
ABSENT = (
    "they compare our calls with SmartRecruiters' own API documents, and the folder ../shared/smartrecruiters/spec, "
    "next to this one, doesn't have them"
)
API = "https://api.smartrecruiters.com"
TOKEN_ENDPOINT = "POST /identity/oauth/token"
Paths = dict[str, dict[str, Any]]
# For each value that it validates, the library would generate the same class again: a tenth of these tests' time.
BUILD = "build_forbid_unspecified_additional_properties_validator"
vars(factories)[BUILD] = cache(vars(factories)[BUILD])


def present() -> bool:
    return (SPEC / "openapi.yaml").is_file()


@cache
def _document() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with (SPEC / "openapi.yaml").open(encoding="utf-8") as file:
        found: dict[str, Any] = yaml.load(file, Loader=loader)
    return found


@cache
def listed(name: str) -> Any:
    """Another JSON file of the vendor's documents."""
    return json.loads((SPEC / name).read_text(encoding="utf-8"))


@cache
def _operations() -> dict[str, dict[str, Any]]:
    """Endpoint, with the base path of its API → entry in the index. An older API shares the newer one's."""
    entries = listed("operations_index.json")
    found = {f"{entry['method']} {urlsplit(entry['base']).path}{entry['path']}": entry for entry in entries}
    return found | {older: found[newer] for older, newer in repairs.OLDER.items()}


def scopes(endpoint: str) -> set[str]:
    """Any one of them is enough."""
    documented = {name.removeprefix("oauth:") for name in _operations()[endpoint]["scopes_any_of"]}
    return documented | repairs.SCOPES.get(endpoint, set())


def documented_errors(endpoint: str) -> set[tuple[int, str]]:
    """Status and code. The code is empty if the document names none."""
    entry, codes = _operations()[endpoint], listed("error_codes_by_operation.json")
    return {
        (int(status), code)
        for status in entry["statuses"]
        if not status.startswith("2")
        for code in codes.get(f"{entry['method']} {entry['path']} {status}", [""])
    } | set(repairs.ERRORS.get(endpoint, {}).items())


class Judge:
    """Reports what is wrong with a request or response. `strict` refuses everything that isn't in the document."""

    def __init__(self, *, api_url: str, paths: Paths, strict: bool = True) -> None:
        self.paths = paths
        document = {
            "openapi": "3.0.2",
            "info": {"title": "what we call", "version": "1"},
            "servers": [{"url": api_url}],
            "paths": paths,
            "components": {"schemas": _document()["components"]["schemas"] | repairs.SCHEMAS},
        }
        config = Config(
            spec_validator_cls=None,
            additional_properties_default_policy="forbid" if strict else "allow",
            extra_format_validators=FORMATS,
        )
        self.openapi = OpenAPI.from_dict(document, config=config)

    def check_request(self, request: requests.PreparedRequest, endpoint: str) -> None:
        """Raises for a request that the document doesn't allow, or that belongs to another operation."""
        self.openapi.validate_request(RequestsOpenAPIRequest(request))
        method, path = endpoint.split(" ")
        url = urlsplit(request.url or "")
        assert request.method == method
        assert re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)), url.path), f"{url.path} is not {endpoint}"
        operation = self.paths[path][method.lower()]
        known = {p["name"] for p in operation["parameters"] if p["in"] == "query"}
        assert parse_qs(url.query).keys() <= known, f"{endpoint} has no such parameter: {url.query}"
        _check_form(request, operation)

    def check_answer(self, answer: requests.Response) -> None:
        """Raises for a response that isn't in the document."""
        self.openapi.validate_response(RequestsOpenAPIRequest(answer.request), RequestsOpenAPIResponse(answer))


def judge_of_calls(api_url: str, endpoints: Iterable[str], *, strict: bool = True) -> Judge:
    paths: Paths = {}
    for endpoint in endpoints:
        method, path = endpoint.split(" ")
        found = repairs.TOKEN if endpoint == TOKEN_ENDPOINT else _operation(endpoint)
        paths.setdefault(path, {})[method.lower()] = found
    return Judge(api_url=api_url, paths=paths, strict=strict)


def judge_of_callbacks(events: Iterable[str]) -> Judge:
    """Validator of deliveries, each event at its own path. The document lists them as callbacks of the subscription."""
    paths: Paths = {}
    for event in events:
        name = "on" + "".join(word.capitalize() for word in re.split(r"[.-]", event))
        (found,) = _document()["components"]["callbacks"][name].values()
        paths[callback_endpoint(event).partition(" ")[2]] = {"post": _slim(found["post"], found["post"]["parameters"])}
    return Judge(api_url=API, paths=paths)


def callback_endpoint(event: str) -> str:
    return f"POST /callbacks/{event}"


def places(problem: OpenAPIError | AssertionError) -> list[str]:
    """Where it is wrong (JSONPath): "$" for the whole body, "status" for an undocumented status."""
    if isinstance(problem, ResponseNotFound):
        return ["status"]
    return [place for found in _schema_errors(problem) for place in _places(found)] or ["$"]


def _places(found: Any) -> list[str]:
    """Undocumented properties, one error each."""
    # A strict validator reports them under "properties".
    named = found.validator in ("properties", "additionalProperties")
    unknown = found.instance.keys() - found.schema["properties"] if named else ()
    return [f"{found.json_path}.{name}" for name in unknown] or [found.json_path]


def in_one_line(problem: OpenAPIError | AssertionError) -> str:
    """What is wrong and where, without the wrong values: they may be about people."""
    errors = [f"{found.json_path} ({found.validator})" for found in _schema_errors(problem)]
    return f"{type(problem).__name__} {', '.join(errors)}".strip()


def _schema_errors(problem: BaseException | None) -> Iterator[Any]:
    while problem is not None:
        yield from getattr(problem, "schema_errors", None) or ()
        problem = problem.__cause__


def _operation(endpoint: str) -> dict[str, Any]:
    entry = _operations()[endpoint]
    around = _document()["paths"][entry["path"]]
    operation = around[entry["method"].lower()]
    parameters = [_resolved(p) for p in [*around.get("parameters", []), *operation.get("parameters", [])]]
    if endpoint in repairs.QUERY:
        query = [{"name": name, "in": "query", "schema": schema} for name, schema in repairs.QUERY[endpoint].items()]
        parameters = [p for p in parameters if p["in"] != "query"] + query
    slim = _slim(operation, parameters)
    if endpoint in repairs.ANSWERS:
        slim["responses"]["200"] = repairs.answer(repairs.ANSWERS[endpoint])
    for status in (*repairs.EVERYWHERE, *map(str, repairs.ERRORS.get(endpoint, {}))):
        slim["responses"].setdefault(status, repairs.ERROR)
    return slim


def _slim(operation: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    slim = {
        "parameters": [_resolved(parameter) for parameter in parameters],
        "responses": {status: _response(answer, status) for status, answer in operation["responses"].items()},
    }
    return slim | ({"requestBody": _resolved(operation["requestBody"])} if "requestBody" in operation else {})


def _response(answer: dict[str, Any], status: str) -> dict[str, Any]:
    """A documented error without a body can have the common one: the guide gives it for all."""
    found = _resolved(answer)
    return repairs.ERROR if "content" not in found and not status.startswith("2") else found


def _resolved(item: dict[str, Any]) -> dict[str, Any]:
    found: Any = _document() if "$ref" in item else item
    for step in item.get("$ref", "").removeprefix("#/").split("/"):
        found = found[step] if step else found
    resolved: dict[str, Any] = found
    return resolved


def _check_form(request: requests.PreparedRequest, operation: dict[str, Any]) -> None:
    """The names of a form's fields: the library ignores unknown ones and fills in defaults."""
    kind = (request.headers.get("Content-Type") or "").partition(";")[0]
    raw = request.body or b""
    body = raw if isinstance(raw, bytes) else raw.encode()
    if kind == "multipart/form-data":
        names = {name.decode() for name in re.findall(rb'form-data; name="([^"]*)"', body)}
    elif kind == "application/x-www-form-urlencoded":
        names = set(parse_qs(body.decode(), keep_blank_values=True))
    else:
        return
    schema = operation["requestBody"]["content"][kind]["schema"]
    shapes = [(set(shape["required"]), set(shape["properties"])) for shape in schema.get("oneOf", [schema])]
    assert any(required <= names <= known for required, known in shapes), f"the form has the fields {sorted(names)}"


def _is_uuid(value: object) -> bool:
    try:
        return str(uuid.UUID(str(value))) == str(value).lower()
    except ValueError:
        return False


def _is_https(value: object) -> bool:
    """The sandbox also accepts http on this machine."""
    parts = urlsplit(str(value))
    return parts.scheme == "https" or parts.hostname == "localhost"


FORMATS = {
    "guid": _is_uuid,
    "uuid": _is_uuid,
    "https_url": _is_https,
    "email": lambda value: re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(value)) is not None,
    "when": lambda value: re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", str(value)) is not None,
}
