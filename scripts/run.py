"""Run the product for development: web server with reload, workers, scheduler, sandbox, and embedded servers.

python -m scripts.run [--folder PATH]

The database is kept between runs. PORT, SANDBOX_PORT, and SMTP_PORT choose the ports if they are free.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from scripts.demo.product import Product, chosen_ports
from scripts.stack import databases
from scripts.stack.environment import Ports
from scripts.stack.folder import FolderInUse
from scripts.stack.processes import DidNotStart
from scripts.stack.shell import DATABASE, publish_environment
from scripts.stack.stack import ROOT, Stack

RUN_FOLDER = ROOT / ".state"
SETTINGS = {"DEBUG": "true", "STATIC_MANIFEST": "false"}


class DevelopmentProduct(Product):
    """The product with Django's development server, which reloads when a file changes."""

    def __init__(self, stack: Stack, *, ports: Ports) -> None:
        super().__init__(stack, database=DATABASE, ports=ports, settings=SETTINGS)

    def prepare(self, *, migrated: bool = False) -> None:
        """Migrate the database, and create the demo's accounts if it has none."""
        if not migrated:
            self.manage("migrate", "--verbosity=0", as_owner=True)
        self.manage("seed_demo", "--if-empty")

    def commands(self) -> dict[str, list[str]]:
        web = [sys.executable, "manage.py", "runserver", f"127.0.0.1:{self.ports.web}"]
        return {**super().commands(), "web": web}


def run(folder: Path, wait: Callable[[], object] = signal.pause) -> None:
    """Start everything, print the addresses, and stop everything when `wait` returns or is interrupted."""
    print("Starting PostgreSQL, Valkey, the web server, the workers and the sandbox …", flush=True)
    with Stack(folder) as stack:
        if not databases.database_exists(stack.owner_url("postgres"), DATABASE):
            stack.create_first_database(DATABASE)
        product = DevelopmentProduct(stack, ports=chosen_ports())
        publish_environment(stack.folder, product.environment)
        product.prepare()
        with product:
            print(addresses(product), flush=True)
            wait()


def addresses(product: Product) -> str:
    admin = product.accounts.admin
    return f"""
  Product           {product.url}/
                    {admin.email}, password {admin.password}
  SmartRecruiters   {product.sandbox_url}/console/jobs  (the sandbox, which starts fresh on each run)
  Inbox             {product.sandbox_url}/inbox/
  Logs              {product.folder.logs}

The web server reloads when a file changes. Restart after a change to the code of a worker. Ctrl-C stops everything."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.run", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=RUN_FOLDER, help="state folder (default: .state)")
    folder = parser.parse_args(arguments).folder
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        run(folder)
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
    except (DidNotStart, FolderInUse) as problem:
        print(f"\n{problem}\nLogs: {folder / 'logs'}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
