"""Builds the web application (REST, portal, standards) over an open home, and serves it; nothing else."""

import getpass
import logging
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import anyio.to_thread
import uvicorn
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from moyai.faces.portal import login, pages
from moyai.faces.rest import compute, data, desk, governance, models, people, planning, serving
from moyai.faces.standards.inference import Inference, InFront
from moyai.kernel import home as homes
from moyai.kernel.edge import Edge, open_home
from moyai.kernel.errors import TooLarge, Unavailable
from moyai.kernel.policy import moyai
from moyai.kernel.settings import Settings
from moyai.people import tokens
from moyai.people.tokens import Door

log = logging.getLogger(__name__)
ROUTERS = (
    compute.router,
    data.router,
    governance.router,
    models.router,
    people.router,
    planning.router,
    serving.router,
)


class Service(Protocol):
    """What runs beside the application, as long as it does: the worker."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


Employ = Callable[[Edge], Service]


def build(edge: Edge, worker: Service) -> FastAPI:
    """The application over an open home. Its worker runs as long as the application does."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(worker.start)
        yield
        await anyio.to_thread.run_sync(worker.stop)

    door = Door(edge)
    before = [Middleware(InFront, inference=Inference(edge, door)), Middleware(Bounded, most=edge.settings.body_bytes)]
    app = FastAPI(
        title="Moyai", version=version("moyai"), lifespan=life, openapi_url="/api/v1/openapi.json",
        docs_url=None, redoc_url=None, middleware=before,
    )  # fmt: skip
    app.state.edge, app.state.door = edge, door
    desk.handle_problems(app)
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1")
    for router in (login.api, login.router, pages.router):
        app.include_router(router)
    app.add_api_route("/health/live", live, include_in_schema=False)
    return app


async def live() -> dict[str, str]:
    return {"status": "live"}


class Bounded:
    """Refuses bodies larger than `most`, but for uploads, which are streamed and have a limit of their own."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/api/v1/blobs"):
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._most:
            await desk.problem(self._failure())(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        seen = 0

        async def counted() -> Any:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most:
                raise desk.Refused(self._failure())
            return message

        return counted

    def _failure(self) -> TooLarge:
        return TooLarge(f"A request may have {self._most} bytes here.", fix="Upload files through /blobs.")


@dataclass(frozen=True, slots=True)
class Served:
    """Where a running server is reached."""

    url: str
    socket: str | None


@contextmanager
def opened(settings: Settings) -> Generator[Edge]:
    """The home, locked for this process; founded for the person at this machine when it is new."""
    with homes.Home(settings.home.absolute()).locked(settings.lock_seconds):
        edge = open_home(settings)
        owner = edge.run(moyai("app"), tokens.found, getpass.getuser())
        if owner is not None:
            homes.write_private(edge.home.owner_token, owner.secret)
        try:
            yield edge
        finally:
            edge.close()


@contextmanager
def privately(settings: Settings, employ: Employ) -> Generator[Served]:
    """Serve this process alone, over a Unix socket in a folder of its own."""
    with opened(settings) as edge, tempfile.TemporaryDirectory(prefix="moyai-") as folder:
        path = str(Path(folder) / "http.sock")
        config = uvicorn.Config(build(edge, employ(edge)), uds=path, log_config=None, access_log=False, ws="none")
        with _running(config):
            yield Served("http://moyai", path)


def publicly(settings: Settings, employ: Employ) -> None:
    """Serve on the settings' address until interrupted; says where on stdout."""
    with opened(settings) as edge, _listening(settings) as listener:
        host, port = listener.getsockname()[:2]
        url = f"http://{host}:{port}"
        config = uvicorn.Config(
            build(edge, employ(edge)), log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=5
        )
        edge.home.announce(url, version("moyai"))
        try:
            sys.stdout.write(f"Moyai serves {edge.home.path} at {url}\n")
            sys.stdout.flush()
            with _until_asked_to_end():
                uvicorn.Server(config).run(sockets=[listener])
        finally:
            edge.home.leave()


@contextmanager
def _until_asked_to_end() -> Generator[None]:
    """SIGTERM and Ctrl-C end the server and nothing more: uvicorn raises the signal again, and we still tidy up."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        yield
    signal.signal(signal.SIGTERM, before)


@contextmanager
def _listening(settings: Settings) -> Generator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as wrong:
            raise Unavailable(
                f"Cannot listen on {settings.host}:{settings.port}: {wrong.strerror}.",
                fix="Free the port, or set MOYAI_PORT to another one (0: any).",
                where="MOYAI_PORT",
            ) from wrong
        listener.listen(1024)
        yield listener


@contextmanager
def _running(config: uvicorn.Config) -> Generator[None]:
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="moyai-http", daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise Unavailable("The server did not start; see the log above.")
        time.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
