import pytest

from connectors.models import Connection
from crosschq.tenancy.models import Role, User
from tests.factories import make_member, make_organization
from tests.vendor import Vendor
from tests.webhooks.moves import connect_and_switch_on
from tests.webhooks.scene import Scene, begun


@pytest.fixture
def admin(transactional_db: None) -> User:
    return make_member(make_organization(time_zone="Europe/Berlin"), Role.OWNER)


@pytest.fixture
def live(vendor: Vendor, admin: User) -> Connection:
    """A connection to the sandbox, switched on, with a template for the tag `eng`."""
    return connect_and_switch_on(vendor, admin)


@pytest.fixture
def scene(vendor: Vendor, live: Connection, admin: User, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return begun(vendor, live, admin, monkeypatch)
