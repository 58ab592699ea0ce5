"""Engines, ours and others', loaded by entry point when first asked for. Nobody imports an engine."""

import threading
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any

from moyai.kernel.errors import Unavailable


class Engines:
    """Every engine by group and name; each is made once, at first use."""

    def __init__(self, makers: Mapping[str, Callable[[Callable[..., Any]], Any]]) -> None:
        """`makers` says, by group, how to construct an engine that wants to be told something."""
        self._makers = makers
        self._made: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def get(self, group: str, name: str) -> Any:
        """The engine `name` of `group` (`executors`, `storage`, `readers`, `trainers`, ...).

        Raises Unavailable naming what is installed, or the library that is missing.
        """
        with self._lock:
            if (group, name) not in self._made:
                self._made[group, name] = self._make(group, name)
            return self._made[group, name]

    def names(self, group: str) -> list[str]:
        return sorted(point.name for point in entry_points(group=f"moyai.{group}"))

    def put(self, group: str, name: str, engine: Any) -> None:
        """Use this object from now on (tests, and engines made by hand)."""
        with self._lock:
            self._made[group, name] = engine

    def close(self) -> None:
        """Let go of what engines hold open; they make it again when they are used again."""
        with self._lock:
            for engine in self._made.values():
                if callable(close := getattr(engine, "close", None)):
                    close()

    def _make(self, group: str, name: str) -> Any:
        found = [point for point in entry_points(group=f"moyai.{group}") if point.name == name]
        if not found:
            installed = ", ".join(self.names(group)) or "none"
            raise Unavailable(f"No engine {name!r} in group {group}.", fix=f"Installed: {installed}.", where=group)
        try:
            factory = found[0].load()
        except ImportError as missing:
            raise Unavailable(
                f"The engine {group}/{name} needs a library that is not installed: {missing.name}.",
                fix="Install moyai[pilot].",
                where=group,
            ) from missing
        except AttributeError as missing:
            raise Unavailable(
                f"The engine {group}/{name} is not where its entry point says: {found[0].value}.",
                fix="Install the package that brings it again.",
                where=group,
            ) from missing
        make = self._makers.get(group)
        return make(factory) if make else factory()
