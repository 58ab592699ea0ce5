"""Moyai: several institutions run one AI infrastructure together."""

from importlib import import_module
from typing import Any

__all__ = ["Client"]


def __getattr__(name: str) -> Any:
    # Loaded when asked for, so that importing a room's shapes does not load the client.
    if name == "Client":
        return import_module("moyai.faces.sdk.client").Client
    raise AttributeError(name)
