"""The portal through the SDK: a way in for a browser."""

from moyai.faces.sdk.transport import Transport
from moyai.kernel.shapes import Shape


class Link(Shape):
    """A path on the server that logs in once, for so many seconds."""

    path: str
    seconds: int


class Portal:
    def __init__(self, http: Transport) -> None:
        self._http = http

    def link(self) -> Link:
        return self._http.post("/portal/links", None, Link)
