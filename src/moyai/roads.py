"""How the command reaches a server: one that runs, else the application in this process; or serves itself."""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module

from moyai.faces.cli.root import Road, Roads
from moyai.kernel import logs
from moyai.kernel.errors import NotAuthenticated, Unavailable
from moyai.kernel.home import Home
from moyai.kernel.settings import Settings, read

STARTING_SECONDS = 60.0


@contextmanager
def reached() -> Generator[Road]:
    """MOYAI_URL, else the server of this home, else the whole application in this process, for one command."""
    settings = read()
    served = None if settings.url else Home(settings.home.absolute()).served()
    if settings.url or served:
        yield Road(settings.url or (served.url if served else ""), token(settings), str(settings.home.absolute()))
        return
    app, worker = import_module("moyai.app"), import_module("moyai.worker")
    with app.privately(settings, worker.Worker) as private:
        yield Road(private.url, token(settings), str(settings.home.absolute()), private.socket)


@contextmanager
def served() -> Generator[Road]:
    """The server of MOYAI_URL or of this home; where none runs, one on loopback for as long as this lasts."""
    settings = read()
    home = Home(settings.home.absolute())
    if settings.url or home.served():
        with reached() as road:
            yield road
        return
    home.make()
    with (home.path / "server.log").open("ab") as log:
        start = (sys.executable, "-c", "from moyai.main import run; run()", "up", "--host", "127.0.0.1", "--port", "0")
        server = subprocess.Popen(start, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ})
    try:
        _wait(home, server)
        with reached() as road:
            yield road
    finally:
        server.terminate()
        server.wait(30)


def _wait(home: Home, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + STARTING_SECONDS
    while home.served() is None:
        if server.poll() is not None or time.monotonic() > end:
            raise Unavailable("The server did not start.", fix=f"See {home.path / 'server.log'}.")
        time.sleep(0.05)


def token(settings: Settings) -> str:
    """MOYAI_TOKEN, else the token of the home's owner, which only the owner may read."""
    if settings.token is not None:
        return settings.token.get_secret_value()
    file = Home(settings.home.absolute()).owner_token
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as wrong:
        raise NotAuthenticated(
            f"No token: {file} cannot be read.", fix="Set MOYAI_TOKEN, or ask the home's owner for a token."
        ) from wrong


def serve(host: str | None, port: int | None) -> None:
    """Serve this home in this process until it is interrupted."""
    given = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    settings = read(**given)
    logs.start(settings.log_level)
    import_module("moyai.app").publicly(settings, import_module("moyai.worker").Worker)


ROADS = Roads(reached, served, serve)
