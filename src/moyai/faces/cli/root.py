"""The command's groups; each is loaded when it is asked for, so that `moyai --help` is quick."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from moyai.kernel.errors import Failure, Invalid

GROUPS = {
    "up": "Serve this home: API, portal, inference, worker, in one process.",
    "portal": "A link into the portal of the running server, good for one use.",
    "pilot": "Run, make and reproduce a pilot.",
    "data": "Datasets, versions, profiles, validation.",
    "jobs": "Send jobs to the pool and follow them.",
    "sites": "The members' sites and what they lend.",
    "models": "Training runs, models, gates.",
    "endpoints": "What is in production; the stop button.",
    "decisions": "A person's final word on predictions.",
    "people": "Organisations, persons, roles, qualifications, tokens.",
    "approvals": "What waits for a second person, and their word.",
    "procedures": "Operating rules: drafted, commented on, answered, in force.",
    "audit": "The journal: read it, verify it.",
}
HELP = """Moyai: several institutions run one AI infrastructure together.

The home is .moyai/ here, or MOYAI_HOME. Every read takes --json.
"""


@dataclass(frozen=True, slots=True)
class Road:
    """How a server is reached, and in whose name."""

    url: str
    token: str = field(repr=False)
    home: str
    socket: str | None = None


@dataclass(slots=True)
class Roads:
    """How this process reaches or becomes a server; handed over by `main`."""

    reached: Callable[[], AbstractContextManager[Road]]
    """To a server, else in this process."""
    served: Callable[[], AbstractContextManager[Road]]
    """To a server that others reach too; started for as long as it lasts where none runs."""
    serve: Callable[[str | None, int | None], None]


given: list[Callable[[], Roads]] = []


def roads() -> Roads:
    """As `main` handed them over; loaded at the first call."""
    return given[-1]()


class Groups(TyperGroup):
    """Groups by name; nothing is imported before one is chosen."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(GROUPS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in GROUPS:
            return None
        loaded = typer.main.get_command(import_module(f"moyai.faces.cli.{cmd_name}").group)
        loaded.name = cmd_name
        return loaded

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl(list(GROUPS.items()))


command = typer.Typer(cls=Groups, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"moyai {version('moyai')}\n")
        raise typer.Exit


@command.callback(invoke_without_command=True, no_args_is_help=True, help=HELP)
def moyai(
    asked: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")] = False,
) -> None:
    if asked:
        raise typer.Exit


def start(roads: Callable[[], Roads]) -> None:
    """Run the command line; errors by meaning become a sentence and an exit code."""
    given.append(roads)
    try:
        command(prog_name="moyai")
    except ValueError as wrong:
        # A shape refused what was typed; told apart by its manner, for importing pydantic would slow down `--help`.
        errors: Any = getattr(wrong, "errors", None)
        if errors is None:
            raise
        first = errors()[0]
        sys.stderr.write(f"invalid: {'.'.join(map(str, first['loc']))}: {first['msg']}.\n")
        raise SystemExit(Invalid.exit_code) from None
    except Failure as failure:
        sys.stderr.write(f"{failure.kind}: {failure}\n")
        raise SystemExit(failure.exit_code) from None
