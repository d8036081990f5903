"""The size of each page over the wire with an empty cache, as the web server of the image serves it."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.test import Client
from pytest_django import DjangoDbBlocker

from crosschq.tenancy.models import Role
from scripts.stack.stack import ROOT, Stack
from tests.architecture.pages import MOST_REQUESTS_ON_PHONES, files_of, is_for_phones, most_bytes
from tests.architecture.world import make_world
from tests.every_page import Visit, Visitor, every_page, reader_cookie
from tests.factories import signed_in
from tests.patience import SECONDS
from tests.stack.migrated import connected_to
from tests.web_server.conftest import prepared, serving

pytestmark = [pytest.mark.flow, pytest.mark.slow]
DATABASE = "weighed"
LEAST = 100


@dataclass
class Scales:
    """Loads pages as a browser with an empty cache does, and remembers what each file weighs."""

    url: str
    visits: list[Visit]
    cookies: dict[Visitor, dict[str, str]]
    files: dict[str, int] = field(default_factory=dict)

    def load(self, path: str, visitor: Visitor) -> tuple[requests.Response, bytes, int]:
        """The response, its body as sent, and its size in bytes including the headers."""
        response = requests.get(
            self.url + path,
            headers={"Accept-Encoding": "gzip, deflate, br"},  # as browsers do over https
            cookies=self.cookies[visitor],
            timeout=SECONDS,
            allow_redirects=False,
            stream=True,
        )
        body = response.raw.read(decode_content=False)
        head = sum(len(name) + len(value) + 4 for name, value in response.headers.items())
        return response, body, head + len(body)

    def file(self, path: str) -> int:
        if path not in self.files:
            response, _body, self.files[path] = self.load(path, Visitor.ANYONE)
            assert response.status_code == 200, path
        return self.files[path]


@pytest.fixture
def scales(
    stack: Stack, migrated_template: str, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Scales]:
    with prepared(stack, migrated_template, DATABASE, STATIC_ROOT=str(tmp_path / "static")) as environment:
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
        subprocess.run(collect, cwd=ROOT, env={**os.environ, **environment}, check=True)
        with django_db_blocker.unblock(), connected_to(environment["DATABASE_URL"]):
            world = make_world()
            visits = list(every_page(world))
            session = signed_in(Client(), world.members[Role.OWNER]).cookies[settings.SESSION_COOKIE_NAME].value
            name, token = reader_cookie(world.organization)
        cookies = {
            Visitor.OWNER: {settings.SESSION_COOKIE_NAME: session},
            Visitor.READER: {name: token},
            Visitor.ANYONE: {},
        }
        with serving(tmp_path, environment) as (port, _pid):
            yield Scales(f"http://127.0.0.1:{port}", visits, cookies)


def test_no_page_is_heavier_than_its_kind_may_be(scales: Scales) -> None:
    wrong, weighed = [], 0
    for visit in scales.visits:
        response, body, size = scales.load(visit.path, visit.visitor)
        if response.status_code != 200 or not response.headers["Content-Type"].startswith("text/html"):
            continue  # it leads to another page, or it is a file
        text = gzip.decompress(body).decode() if response.headers.get("Content-Encoding") == "gzip" else body.decode()
        files = files_of(text)
        weight, count = size + sum(map(scales.file, files)), 1 + len(files)
        weighed += 1
        if weight > most_bytes(text) or (is_for_phones(text) and count > MOST_REQUESTS_ON_PHONES):
            wrong.append((visit.name, weight, count))
    assert wrong == []
    assert weighed > LEAST
