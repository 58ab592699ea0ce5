"""Models in memory, ready to answer: fetched by digest, read by a runtime, and kept while they are in use."""

import threading
from collections import OrderedDict
from pathlib import Path

from moyai.data import blobs
from moyai.kernel.edge import Edge
from moyai.models.ports import Loaded, Runtime

MOST = 8
"""Models held at once; the one that was asked for longest ago makes room."""


class Shelf:
    """One process's models. Safe from many threads; a model is read once however many ask for it."""

    def __init__(self, edge: Edge, runtime: str = "onnx") -> None:
        self._edge, self._runtime = edge, runtime
        self._held: OrderedDict[str, Loaded] = OrderedDict()
        self._lock = threading.Lock()

    def loaded(self, digest: str) -> Loaded:
        """The model with this digest.

        Raises NotFound or Corrupt (its bytes), Invalid (not a model), Unavailable (no runtime is installed).
        """
        with self._lock:
            found = self._held.get(digest)
            if found is None:
                found = self._held[digest] = self._read(digest)
                while len(self._held) > MOST:
                    self._held.popitem(last=False)
            self._held.move_to_end(digest)
            return found

    def _read(self, digest: str) -> Loaded:
        runtime: Runtime = self._edge.engines.get("runtimes", self._runtime)
        return runtime.load(at_hand(self._edge, digest, ".onnx"))


def at_hand(edge: Edge, digest: str, ending: str) -> Path:
    """A blob as a file in the home's cache, fetched (and checked) if it is not there yet."""
    folder = edge.home.cache / "models"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / (digest.removeprefix("sha256:") + ending)
    if not path.exists():
        partial = path.with_name(f"{path.name}.{threading.get_ident()}.part")
        partial.unlink(missing_ok=True)
        blobs.fetch(edge, digest, partial)
        partial.replace(path)
    return path
