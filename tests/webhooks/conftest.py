import pytest

from connectors.models import Connection
from crosschq.tenancy.models import Role, User
from tests.connected import member_made_once
from tests.vendor import Vendor
from tests.webhooks.moves import connect_and_switch_on
from tests.webhooks.scene import Scene, begun_once


@pytest.fixture
def admin(transactional_db: None, rows_made_once: None) -> User:
    return member_made_once(Role.OWNER, time_zone="Europe/Berlin")


@pytest.fixture
def live(vendor: Vendor, admin: User) -> Connection:
    """A connection to the sandbox, switched on, with a template for the tag `eng`."""
    return connect_and_switch_on(vendor, admin)


@pytest.fixture
def scene(vendor: Vendor, live: Connection, admin: User, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return begun_once(vendor, live, admin, monkeypatch)
