"""Nothing in the tests reaches beyond this machine."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins import loopback

ELSEWHERE = "192.0.2.1"  # reserved for documentation: nothing answers there


@pytest.mark.parametrize(
    "address",
    [
        ("127.0.0.1", 80),
        ("::1", 80, 0, 0),
        ("localhost", 80),
        ("127.3.2.1", 1),
        "/run/moyai.sock",
        b"\0abstract",
        None,
        (0, 0),
    ],
)
def test_this_machine_is_reached(address: object) -> None:
    assert loopback.stays(address)


@pytest.mark.parametrize("address", [(ELSEWHERE, 80), ("example.org", 443), ("2001:db8::1", 80, 0, 0), "example.org"])
def test_another_machine_is_not(address: object) -> None:
    assert not loopback.stays(address)


def test_the_guard_is_up_in_this_process() -> None:
    with socket.socket() as outward, pytest.raises(RuntimeError, match="nothing beyond loopback"):
        outward.settimeout(0.1)
        outward.connect((ELSEWHERE, 80))


def test_no_name_is_looked_up() -> None:
    with pytest.raises(RuntimeError, match="nothing beyond loopback"):
        socket.getaddrinfo("example.org", 443)


def test_a_datagram_is_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward, pytest.raises(RuntimeError):
        outward.sendto(b"hello", (ELSEWHERE, 53))


def test_a_program_that_a_test_starts_is_guarded() -> None:
    reach = f"import socket; socket.create_connection(({ELSEWHERE!r}, 80), 0.1)"
    started = subprocess.run([sys.executable, "-c", reach], capture_output=True, text=True, check=False)
    assert started.returncode == 1
    assert "nothing beyond loopback" in started.stderr


def test_loopback_and_unix_sockets_work(tmp_path: Path) -> None:
    for family, address in ((socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_UNIX, str(tmp_path / "s"))):
        with socket.socket(family) as listening, socket.socket(family) as calling:
            listening.bind(address)
            listening.listen()
            calling.connect(listening.getsockname())
            assert calling.getpeername() == listening.getsockname()


def test_the_rest_of_the_path_is_kept() -> None:
    assert os.environ["PYTHONPATH"].split(os.pathsep)[0] == loopback.CHILDREN
