from __future__ import annotations

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


def test_a_test_that_reaches_past_loopback_fails() -> None:
    # 192.0.2.0/24 is for documentation (RFC 5737): nothing answers there.
    with pytest.warns(UserWarning, match="192.0.2.1"), pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
