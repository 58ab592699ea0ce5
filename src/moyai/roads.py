"""How the command reaches a server: one that runs, else the application in this process; or serves itself."""

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from importlib import import_module

from moyai.faces.cli.root import Road, Roads
from moyai.kernel import logs
from moyai.kernel.errors import NotAuthenticated, Unavailable
from moyai.kernel.home import Home, InUse
from moyai.kernel.settings import Settings, read

STARTING_SECONDS = 60.0
ENDING_SECONDS = 15.0
LOOK_SECONDS = 0.5
"""How often a command that waits for the home looks whether a server has it."""


@contextmanager
def reached() -> Generator[Road]:
    """MOYAI_URL, else the server of this home, else the whole application in this process, for one command."""
    with ExitStack() as stack:
        yield _reach(read(), stack)


def _reach(settings: Settings, stack: ExitStack) -> Road:
    """Where another command has the home, wait for it; where it turns out to be a server, ask that."""
    home = Home(settings.home.absolute())
    end = time.monotonic() + settings.lock_seconds
    while True:
        served = home.served()
        if settings.url or served:
            return Road(settings.url or (served.url if served else ""), token(settings), str(home.path))
        app, worker = import_module("moyai.app"), import_module("moyai.worker")
        patience = min(LOOK_SECONDS, max(0.0, end - time.monotonic()))
        try:
            briefly = settings.model_copy(update={"lock_seconds": patience})
            private = stack.enter_context(app.privately(briefly, worker.Worker))
        except InUse:
            if time.monotonic() >= end:
                raise
        else:
            return Road(private.url, token(settings), str(home.path), private.socket)


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
        words = ("up", "--host", "127.0.0.1", "--port", "0", "--attended")
        start = (sys.executable, "-c", "from moyai.main import run; run()", *words)
        server = subprocess.Popen(start, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(home, server)
        with reached() as road:
            yield road
    finally:
        _end(server)


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _wait(home: Home, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + STARTING_SECONDS
    while home.served() is None:
        if server.poll() is not None or time.monotonic() > end:
            raise Unavailable("The server did not start.", fix=f"See {home.path / 'server.log'}.")
        time.sleep(0.05)


def token(settings: Settings) -> str:
    """MOYAI_TOKEN, else the token of the home's owner, which only the owner may read and only its server is told."""
    if settings.token is not None:
        return settings.token.get_secret_value()
    home = Home(settings.home.absolute())
    served = home.served()
    if settings.url and (served is None or served.url.rstrip("/") != settings.url.rstrip("/")):
        raise NotAuthenticated(
            f"No token for {settings.url}: this home's own token is not sent to another server.",
            fix="Set MOYAI_TOKEN to one of that server.",
            where="MOYAI_TOKEN",
        )
    file = home.owner_token
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
