"""Our tests need no container engine, so they compare its files with the code."""

from __future__ import annotations

import ast
import itertools
import re
import runpy
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.conf import settings as django_settings

from crosschq.core.outbox.queues import CELERY_QUEUES, CELERY_THREADS, QUEUES
from scripts.demo.product import Product
from scripts.stack import databases
from scripts.stack.environment import Ports
from scripts.stack.postgres import SERVER
from scripts.stack.stack import Stack
from scripts.stack.web import web_command

ROOT = Path(__file__).resolve().parent.parent.parent
OPEN_FILES = 1024  # that systemd and containers usually allow a process
OTHER_FILES = 50
RESERVED_FOR_SUPERUSERS = 3  # superuser_reserved_connections
COMPOSE_ALONE = {"POSTGRES_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD"}
OF_THE_PRODUCT = ("web", "worker", "worker-ats", "beat", "migrate")


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def settings() -> dict[str, ast.expr | None]:
    """The names that settings.py reads from the environment, each with its default, None if it has none."""
    found: dict[str, ast.expr | None] = {}
    for node in ast.walk(ast.parse(read("crosschq/settings.py"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_env(node.func.value):
            name, *_ = [arg.value for arg in node.args if isinstance(arg, ast.Constant)] or [None]
            if isinstance(name, str):
                defaults = [keyword.value for keyword in node.keywords if keyword.arg == "default"]
                found[name] = defaults[0] if defaults else None
    return found


def is_env(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "env"


def example() -> dict[str, str]:
    """The settings in .env.example, with and without a default."""
    return dict(re.findall(r"^#?([A-Z_]+)=(.*)$", read(".env.example"), re.MULTILINE))


def as_text(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return (
        ",".join(default)
        if isinstance(default, list)
        else f"{default:g}"
        if isinstance(default, float)
        else str(default)
    )


def compose(path: str = "docker-compose.yml") -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(read(path))
    return parsed


def variables(node: Any) -> Iterator[str]:
    """The names in `${NAME…}` anywhere in a compose file."""
    yield from re.findall(r"\$\{([A-Z_]+)", yaml.safe_dump(node))


def test_the_example_contains_every_setting_and_nothing_else() -> None:
    assert len(settings()) > 20
    assert set(example()) - COMPOSE_ALONE == set(settings())


def test_settings_without_a_default_are_required_and_no_others() -> None:
    to_be_set = set(re.findall(r"^([A-Z_]+)=$", read(".env.example"), re.MULTILINE))
    assert to_be_set == COMPOSE_ALONE | {name for name, default in settings().items() if default is None}


def test_the_defaults_in_the_example_are_those_of_the_settings() -> None:
    compared = 0
    for name, default in settings().items():
        try:
            value = ast.literal_eval(default) if default is not None else None
        except ValueError:
            continue  # computed from another setting, as the example explains
        if value is not None:
            compared += 1
            assert example()[name] == as_text(value), name
    assert compared > 15


def test_each_setting_of_the_example_is_explained() -> None:
    """The comment above it explains it; settings that belong together share one."""
    for before, line in itertools.pairwise(read(".env.example").splitlines()):
        if re.match(r"#?[A-Z_]+=", line):
            assert re.match(r"# \w|#?[A-Z_]+=", before), line


def test_the_launcher_leaves_no_setting_to_chance(stack: Stack) -> None:
    """A developer's own .env doesn't change the demo or the tests."""
    assert set(settings()) <= set(stack.environment("any"))


@pytest.mark.parametrize("path", ["docker-compose.yml", "sandbox/docker-compose.yml", "scripts/docker/pooler.yml"])
def test_compose_sets_settings_that_exist_from_variables_that_are_explained(path: str) -> None:
    parsed = compose(path)
    assert set(variables(parsed)) <= set(example())
    for name, service in parsed["services"].items():
        if name in OF_THE_PRODUCT:
            assert set(service["environment"]) <= set(settings()), name


@pytest.mark.parametrize("name", OF_THE_PRODUCT)
def test_each_process_of_the_product_gets_every_setting_without_a_default(name: str) -> None:
    needed = {name for name, default in settings().items() if default is None}
    assert needed <= set(compose()["services"][name]["environment"])


def test_compose_migrates_as_the_owner_and_runs_as_the_other_role() -> None:
    services = compose()["services"]
    roles = {
        name: services[name]["environment"]["DATABASE_URL"].partition("://")[2].partition(":")[0]
        for name in OF_THE_PRODUCT
    }
    assert roles == {"web": "app", "worker": "app", "worker-ats": "app", "beat": "app", "migrate": "owner"}


def test_compose_starts_nothing_before_what_it_needs() -> None:
    services = compose()["services"]
    for name in ("web", "worker", "worker-ats", "beat"):
        waits_for = services[name]["depends_on"]
        assert waits_for["migrate"] == {"condition": "service_completed_successfully"}
        assert set(waits_for) <= set(services)
    for name in ("postgres", "valkey"):
        assert "healthcheck" in services[name]


def served(command: str) -> list[str]:
    words = command.split()
    return words[words.index("--queues") + 1].split(",")


def test_each_queue_is_served_by_one_of_the_two_workers_in_compose_and_in_the_demo(stack: Stack) -> None:
    composed = [served(compose()["services"][name]["command"]) for name in ("worker", "worker-ats")]
    assert sorted(itertools.chain(*composed)) == sorted(CELERY_QUEUES)
    demo = Product(stack, database="any", ports=Ports()).commands()
    assert [served(" ".join(demo[name])) for name in ("worker", "worker-ats")] == composed


def test_the_plan_has_the_connections_of_each_process() -> None:
    """A thread that uses the database keeps a connection to it."""
    web, services = runpy.run_path(str(ROOT / "gunicorn.conf.py")), compose()["services"]
    of_web = web["workers"] * (web["threads"] + 1)  # and the thread that commits deliveries

    def of_worker(queues: Iterable[str]) -> int:
        # Its own are those that send its heartbeat and poll.
        return sum(QUEUES[name].threads for name in queues if name in QUEUES) + CELERY_THREADS + 2

    of_two = sum(of_worker(served(services[name]["command"])) for name in ("worker", "worker-ats"))
    (most,) = re.findall(r"max_connections=(\d+)", services["postgres"]["command"])
    of_host, plan = of_web + of_two + 1, read("docs/scaling.md").partition("## Connections\n")[2].partition("\n## ")[0]
    in_plan = re.findall(r"^\| .+ \| \**(\d+)\** \|$", plan, re.MULTILINE)
    assert list(map(int, in_plan)) == [of_web, of_worker(QUEUES), of_two, 1, of_host, int(most)]
    assert of_host <= int(most) - RESERVED_FOR_SUPERUSERS
    (clients,) = re.findall(r"^max_client_conn = (\d+)$", read("scripts/docker/pgbouncer.ini"), re.MULTILINE)
    assert f"the clients of {int(clients) // of_host} such hosts" in " ".join(plan.split())


def test_a_web_process_has_an_open_file_for_each_connection() -> None:
    """gunicorn ends when it can't accept another connection, and those of all clients with it."""
    web = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    to_the_database = web["threads"] + 1
    assert web["worker_connections"] + to_the_database + OTHER_FILES <= OPEN_FILES


def test_the_pooler_has_an_open_file_for_each_connection() -> None:
    configuration = read("scripts/docker/pgbouncer.ini")
    most = [
        int(re.findall(rf"^{name} = (\d+)$", configuration, re.MULTILINE)[0])
        for name in ("max_client_conn", "default_pool_size")
    ]
    files = compose("scripts/docker/pooler.yml")["services"]["pgbouncer"]["ulimits"]["nofile"]
    assert sum(most) + OTHER_FILES <= files


def test_compose_configures_its_database_server_like_the_embedded_one() -> None:
    assert compose()["services"]["postgres"]["command"] == " ".join(["postgres", *SERVER])


def test_compose_ships_the_version_of_postgresql_that_the_tests_run_on(stack: Stack) -> None:
    """Plans differ between versions: 18 skips within an index where 17 reads the table."""
    image, _, major = compose()["services"]["postgres"]["image"].partition(":")
    with databases.cursor(stack.owner_url("postgres")) as sql:
        sql.execute("SHOW server_version_num")
        ((version,),) = sql.fetchall()
    assert (image, int(major)) == ("postgres", int(version) // 10_000)


def test_compose_uses_the_same_roles_as_the_launcher() -> None:
    script = read("scripts/docker/roles.sql")
    mounted = compose()["services"]["postgres"]["volumes"]
    assert any(volume.startswith("./scripts/docker/roles.sql:") for volume in mounted)
    for right in databases.RIGHTS:
        assert f"{right};" in script
    for role, rights in databases.ROLES.items():
        assert f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {rights} PASSWORD" in script


def test_the_role_has_the_timeouts_that_the_settings_give_a_direct_connection() -> None:
    given = dict(re.findall(r"-c (\w+)=(\w+)", django_settings.DATABASES["default"]["OPTIONS"]["options"]))
    script = read("scripts/docker/roles.sql")
    of_the_role = dict(re.findall(r"^ALTER ROLE app SET (\w+) = '(\w+)';$", script, re.MULTILINE))
    assert given == of_the_role == databases.LIMITS


def test_the_pooler_of_compose_serves_every_process_except_the_one_that_migrates() -> None:
    services = compose("scripts/docker/pooler.yml")["services"]
    through = {name for name, service in services.items() if "DATABASE_POOLER" in service["environment"]}
    assert through == set(OF_THE_PRODUCT) - {"migrate"}
    (port,) = re.findall(r"^listen_port = (\d+)$", read("scripts/docker/pgbouncer.ini"), re.MULTILINE)
    for name in through:
        direct = compose()["services"][name]["environment"]["DATABASE_URL"]
        assert services[name]["environment"] == {
            "DATABASE_URL": direct.replace("@postgres:5432/", f"@pgbouncer:{port}/"),
            "DATABASE_POOLER": "true",
        }
    mounted = services["pgbouncer"]["volumes"]
    assert mounted == ["./scripts/docker/pgbouncer.ini:/etc/pgbouncer/crosschq.ini:ro"]


def test_the_image_holds_the_packages_of_the_product_and_not_the_sandbox() -> None:
    product = read("Dockerfile").partition("AS sandbox")[0]
    copied = set(re.findall(r"^COPY (\w+) \1$", product, re.MULTILINE))
    packages = {Path(app.path).relative_to(ROOT).parts[0] for app in apps.get_app_configs() if ours(app.path)}
    assert packages >= {"crosschq", "requests_app"}
    assert copied == packages | {"templates", "static"}


def ours(path: str) -> bool:
    return Path(path).is_relative_to(ROOT) and "site-packages" not in path


@pytest.mark.parametrize("path", ["docker-compose.yml", "sandbox/docker-compose.yml", "scripts/docker/pooler.yml"])
def test_compose_builds_stages_of_the_dockerfile(path: str) -> None:
    stages = set(re.findall(r"AS (\w+)$", read("Dockerfile"), re.MULTILINE))
    targets = {s["build"]["target"] for s in compose(path)["services"].values() if "build" in s}
    assert targets
    assert targets <= stages


def test_the_build_context_contains_what_the_dockerfile_copies() -> None:
    sent = set(re.findall(r"^!(.+)$", read(".dockerignore"), re.MULTILINE))
    for source in re.findall(r"^COPY ([\w./-]+) ", read("Dockerfile"), re.MULTILINE):
        assert source.partition("/")[0] in sent, source


def test_the_web_server_has_one_configuration() -> None:
    """The command line sets the address only, and repeats nothing from gunicorn.conf.py."""
    (command,) = re.findall(r"^CMD (\[.*gunicorn.*\])$", read("Dockerfile"), re.MULTILINE)
    options = {word for word in [*ast.literal_eval(command), *web_command(8000)] if word.startswith("--")}
    assert options == {"--bind", "--worker-tmp-dir", "--config", "--log-level"}
    assert "gunicorn.conf.py ./" in read("Dockerfile")


def test_the_proxy_of_compose_allows_what_the_product_does() -> None:
    proxy = read("scripts/docker/nginx.conf")
    assert compose()["services"]["proxy"]["volumes"] == [
        "./scripts/docker/nginx.conf:/etc/nginx/conf.d/default.conf:ro"
    ]
    (of_hooks,) = re.findall(r"location /hooks/ {.*?client_max_body_size (\d+)k;", proxy, re.DOTALL)
    assert int(of_hooks) * 1024 == django_settings.WEBHOOK_MAX_BYTES
    (port,) = re.findall(r"listen (\d+);", proxy)
    assert compose()["services"]["proxy"]["ports"] == [f"127.0.0.1:8000:{port}"]
    assert "ports" not in compose()["services"]["web"]
    (kept,) = re.findall(r"keepalive_timeout (\d+)s;", proxy)
    (keeps,) = re.findall(r"^keepalive = (\d+)$", read("gunicorn.conf.py"), re.MULTILINE)
    assert int(kept) < int(keeps)
