"""Refuses every connection that would leave this machine, in the tests and in each Python program they start.

Loaded through `pytest_plugins`. An audit hook, so that no library can go round it by keeping its own reference to
`socket.connect`; it stays for the life of the process. It works outside pytest too, and so imports nothing of it.
"""

import ipaddress
import os
import sys
from pathlib import Path
from typing import Any

WATCHED = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}
"""Audited events, and which of their arguments holds the address or the host."""
HERE = {"localhost", "ip6-localhost", ""}
CHILDREN = str(Path(__file__).parent / "children")


class LeavesThisMachine(RuntimeError):
    """A test, or a program that it started, tried to reach another machine."""


def stays(address: Any) -> bool:
    """Whether an address is this machine: a Unix socket, a loopback address, no address at all, or a local family."""
    host = address[0] if isinstance(address, tuple) and address else address
    if isinstance(address, tuple) and not isinstance(host, str | bytes):
        return True  # netlink and its like: the kernel, not a network
    if host is None or (not isinstance(address, tuple) and str(host).startswith(("/", "\0", "b'"))):
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name.lower() in HERE


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    place = WATCHED.get(event)
    if place is not None and not stays(arguments[place]):
        raise LeavesThisMachine(f"{event} to {arguments[place]!r}: tests reach nothing beyond loopback")


def guard() -> None:
    """From now on, in this process and in the Python programs that it starts."""
    sys.addaudithook(refuse)
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if CHILDREN not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([CHILDREN, *filter(None, paths)])


def pytest_configure() -> None:
    guard()
