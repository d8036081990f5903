"""Rules of the code that no linter checks."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from scripts.stack.stack import ROOT
from tests.sources import PRODUCT, called, calls, imported, name, nodes, sources, text, tree

MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60


def lines(path: Path) -> int:
    return len(text(path).splitlines())


def users_of(*names: str) -> set[str]:
    """The files of the product that call one of these, or import it under its own name."""
    return {name(path) for path in sources(*PRODUCT) if {call.rpartition(".")[2] for call in called(path)} & set(names)}


def test_each_file_can_be_read_in_one_sitting() -> None:
    files = sources(*PRODUCT, "sandbox", "scripts", "tests")
    too_long = [f"{name(path)}: {lines(path)} lines" for path in files if lines(path) > MOST_LINES]
    for path in files:
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > MOST_LINES_OF_A_FUNCTION:
                    too_long.append(f"{name(path)}, {node.name}: {length} lines")
    assert too_long == []


def test_files_are_short_on_average() -> None:
    lengths = [lines(path) for path in sources(*PRODUCT)]
    assert sum(lengths) / len(lengths) <= 100


def test_the_port_and_the_vendors_use_no_database() -> None:
    files = [ROOT / "connectors/ats.py", ROOT / "connectors/rates.py", *sources("connectors/smartrecruiters")]
    assert len(files) > 5
    known = [(name(path), one) for path in files for one in imported(path)]
    assert [one for one in known if one[1].startswith("django.db") or one[1].endswith(".models")] == []


def test_the_time_comes_from_one_place() -> None:
    """So that tests can move it, and it is never naive. Durations are measured with time.monotonic."""
    clocks = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "timezone.now", "time.time"}
    assert {name(path) for path in sources(*PRODUCT) if clocks & set(called(path))} == {"crosschq/core/clock.py"}


def test_no_code_prints_or_has_a_breakpoint() -> None:
    assert users_of("print", "breakpoint", "pprint") == set()


def test_a_forked_process_never_returns_to_what_its_parent_was_doing() -> None:
    """Both modules end the child in a ``finally``."""
    forking = {
        name(path) for path in sources(*PRODUCT, "sandbox", "scripts", "bench", "tests") if "os.fork" in called(path)
    }
    assert forking == {"scripts/stack/warm.py", "tests/forked.py"}


def test_only_one_module_makes_http_calls() -> None:
    methods = {f"requests.{each}" for each in ("Session", "Request", "request", "get", "post", "put")} | {"urlopen"}
    speakers = {name(path) for path in sources(*PRODUCT) if methods & set(called(path))}
    assert speakers == {"crosschq/core/web/http.py"}
    libraries = ("urllib.request", "http.client", "httpx", "aiohttp", "socket")
    # The web server's side of a connection: what comes in, never what goes out.
    may = speakers | {"crosschq/core/web/gunicorn_worker.py"}
    for path in sources(*PRODUCT):
        assert name(path) in may or [one for one in imported(path) if one.startswith(libraries)] == [], path


def test_every_oauth_session_is_guarded() -> None:
    for path in sources(*PRODUCT):
        assert called(path).count("OAuth2Session") <= called(path).count("http.guard"), path


def test_only_the_kernel_and_tenancy_open_a_tenant_scope() -> None:
    assert users_of("scope") == {
        "crosschq/core/database/rls.py",
        "crosschq/core/outbox/circuits.py",
        "crosschq/core/outbox/batches.py",
        "crosschq/core/outbox/work_item.py",
        "crosschq/core/outbox/alarm.py",
        "crosschq/core/restore/mode.py",
        "crosschq/core/restore/held.py",
        "crosschq/core/management/commands/rotate_keys.py",
        "crosschq/tenancy/scope.py",
    }
    assert users_of("scopes_disabled") == {"crosschq/core/outbox/work_item.py", "crosschq/tenancy/scope.py"}


def test_only_the_kernel_contains_sql() -> None:
    assert users_of("raw", "cursor", "RawSQL", "extra") <= {
        "crosschq/core/outbox/circuits.py",
        "crosschq/core/outbox/claims.py",
        "crosschq/core/database/connections.py",  # whether it is read-only
        "crosschq/core/database/distinct.py",
        "crosschq/core/database/rls.py",
        "crosschq/core/database/base.py",  # COMMIT and ROLLBACK
        "crosschq/core/outbox/work_item.py",
        "crosschq/core/outbox/liveness.py",
        "crosschq/core/restore/stamp.py",  # the server's system identifier
        "crosschq/core/database/locks.py",
        "crosschq/core/security/secret_links.py",  # each page behind a link begins with it
        "crosschq/core/security/throttle.py",  # one statement counts a try
        "crosschq/core/outbox/alarm.py",  # the oldest work of each organization by its index, within a second
        "crosschq/core/security/encryption_keys.py",
        "webhooks/inbox/storage.py",  # any number of deliveries in one statement
    }


def test_no_code_depends_on_a_database_session() -> None:
    """Behind a pooler, the next transaction may run in another session (docs/decisions/0035)."""
    assert users_of("iterator") == set()
    of_a_session = re.compile(
        r"pg_(try_)?advisory_(lock|unlock)|\b(UN)?LISTEN \w|\bNOTIFY \w|\bPREPARE \w|\bSET SESSION\b|\bDECLARE \w|"
        r"\bCREATE TEMP|\bset_config\([^)]*false\)"
    )
    for package in PRODUCT:
        for path in sources(package):
            assert not of_a_session.search(text(path)), path


def test_a_tenant_table_has_its_policies_from_its_first_migration() -> None:
    for path in sorted(ROOT.glob("*/migrations/*.py")) + sorted(ROOT.glob("*/*/migrations/*.py")):
        source = text(path)
        made = source.count("migrations.CreateModel(")
        policies = sum(call == "tenant_policies" for call in called(path))
        has_tenants = "organizations.organization" in source
        assert not (made and has_tenants and not policies), path


def test_browser_tests_wait_for_the_page_that_a_button_or_link_leads_to() -> None:
    """A bare click returns before the next page has loaded, so the next line could read either page (hands.py)."""
    bare = [
        f"{name(path)}: {ast.unparse(call)}"
        for path in sources("tests/browser")
        for _written, call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "click" and _is_pressed(call.func.value)
    ]
    assert sorted(bare) == [
        # These lead to a file, to another window or frame, or nowhere, because the page asks before it is left.
        "tests/browser/test_privacy.py: page.get_by_role('button', name='Download').click()",
        "tests/browser/test_prospects.py: desk.get_by_role('button', name='Download 1 as CSV').click()",
        "tests/browser/test_surveys.py: phone.get_by_role('button', name='Save and continue').click()",
        "tests/browser/test_templates.py: page.get_by_role('button', name='Preview in a new tab').click()",
        "tests/browser/test_unsaved.py: page.get_by_role('button', name=button).click()",
        "tests/browser/test_unsaved.py: page.get_by_role('link', name='Cancel').click()",
        "tests/browser/test_unsaved.py: page.get_by_role('link', name='Cancel').click()",
    ]


def _is_pressed(locator: ast.expr) -> bool:
    """Whether the expression ends in a button, a link or a switch, or in one chosen from several."""
    while isinstance(locator, ast.Attribute):
        locator = locator.value
    match locator:
        case ast.Call(func=ast.Attribute(attr="get_by_role"), args=[ast.Constant(value=role), *_]):
            return role in ("button", "link", "switch")
        case ast.Call(func=ast.Attribute(attr="get_by_role")):
            return True
    return False


def test_no_two_classes_have_the_same_name() -> None:
    classes = Counter(
        node.name for path in sources(*PRODUCT) for node in tree(path).body if isinstance(node, ast.ClassDef)
    )
    assert [found for found, count in classes.items() if count > 1 and found != "Command"] == []
