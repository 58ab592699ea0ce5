"""The command `moyai`: hands the transports over to the CLI, and loads neither before a command asks for it."""

from importlib import import_module
from typing import cast

from moyai.faces.cli import root
from moyai.faces.cli.root import Roads


def roads() -> Roads:
    return cast(Roads, import_module("moyai.roads").ROADS)


def run() -> None:
    root.start(roads)
