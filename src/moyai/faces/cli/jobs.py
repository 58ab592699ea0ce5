"""`moyai jobs`: send work to the pool, follow it, ask why it waits, fetch what it left."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer

from moyai.compute.schema import GIB, InputAsked, JobAsked, JobsAsked, JobState, LogAsked, Need, UsageShown
from moyai.faces.cli.session import AsJson, client, out, show
from moyai.kernel.errors import Invalid
from moyai.kernel.shapes import Page
from moyai.kernel.units import in_bytes, in_time

group = typer.Typer(no_args_is_help=True, add_completion=False, help="Send jobs to the pool and follow them.")
Cursor = Annotated[str | None, typer.Option(help="Where the page before ended.")]
JobId = Annotated[str, typer.Argument(help="Id of the job.")]
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@group.command(context_settings={"ignore_unknown_options": True})
def submit(
    command: Annotated[list[str], typer.Argument(help="A script (x.py, x.sh), or a program and its arguments.")],
    project: Annotated[str, typer.Option(help="Whose allocation it uses.")],
    name: Annotated[str, typer.Option(help="Left out: the command's first word.")] = "",
    purpose: Annotated[str, typer.Option(help="What its inputs are used for; their terms must allow it.")] = "research",
    cores: int = 1,
    gpus: int = 0,
    memory: Annotated[float, typer.Option(help="GiB of memory.")] = 1.0,
    walltime: Annotated[str, typer.Option(help="Longest time: 90s, 30m, 2h, 1d.")] = "1h",
    input: Annotated[
        list[str] | None, typer.Option(help="NAME=VERSION or NAME=ARTIFACT, found in inputs/NAME.")
    ] = None,
    file: Annotated[list[Path] | None, typer.Option(exists=True, dir_okay=False, help="Sent along.")] = None,
    site: Annotated[str | None, typer.Option(help="There or nowhere; left out: where it fits best.")] = None,
    wait: Annotated[bool, typer.Option(help="Show what it writes until it has ended.")] = False,
    json: AsJson = False,
) -> None:
    """Send COMMAND to the pool and say where it will run; after `--`, options belong to the command."""
    argv, script = _program(command)
    files = {path.name: path.read_text(encoding="utf-8") for path in [*script, *(file or ())]}
    need = Need(cores=cores, gpus=gpus, memory_bytes=round(memory * GIB), wall_seconds=_seconds(walltime))
    asked = JobAsked(
        project=project, name=name or Path(command[0]).name, purpose=purpose, argv=argv, need=need,
        inputs=tuple(_input(one) for one in input or ()), files=files, site=site,
    )  # fmt: skip
    with client() as moyai:
        job = moyai.jobs.submit(asked)
        if wait:
            _write(moyai.jobs.follow(job.id), to_stderr=json)
            job = moyai.jobs.wait(job.id)
        if json:
            show(job, json)
        else:
            out.print(job.id, markup=False)
            _sentences(moyai.jobs.why(job.id).sentences)
    if wait and job.state is not JobState.SUCCEEDED:
        raise typer.Exit(1)


@group.command("list")
def list_(
    project: str | None = None,
    site: str | None = None,
    state: JobState | None = None,
    live: Annotated[bool | None, typer.Option("--live/--ended", help="Only those that have (not) ended.")] = None,
    cursor: Cursor = None,
    json: AsJson = False,
) -> None:
    """Jobs, newest first."""
    with client() as moyai:
        page = moyai.jobs.list(JobsAsked(project=project, site=site, state=state, live=live, cursor=cursor))
        show(page, json, ("id", "name", "state", "site", "detail"))


@group.command()
def get(job: JobId, json: AsJson = False) -> None:
    """Everything about one job, and what it used."""
    with client() as moyai:
        shown = moyai.jobs.get(job)
    show(shown, json, tuple(key for key in type(shown).model_fields if key not in ("need", "usage")))
    if json:
        return
    out.print(f"[bold]{'need':<14}[/] {_need(shown.need)}")
    if shown.usage:
        out.print(f"[bold]{'used':<14}[/] {_used(shown.usage)}")


@group.command()
def why(job: JobId, json: AsJson = False) -> None:
    """Why it runs where it runs, what it waits for, how it ended."""
    with client() as moyai:
        shown = moyai.jobs.why(job)
    if json:
        show(shown, json)
    else:
        _sentences(shown.sentences)


@group.command()
def logs(
    job: JobId,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until it has ended.")] = False,
    stderr: Annotated[bool, typer.Option(help="What it wrote to stderr.")] = False,
    json: AsJson = False,
) -> None:
    """What it wrote so far."""
    name: Literal["stdout", "stderr"] = "stderr" if stderr else "stdout"
    with client() as moyai:
        if follow:
            _write(moyai.jobs.follow(job, name), to_stderr=False)
            return
        piece = moyai.jobs.log(job, LogAsked(name=name))
        if json:
            show(piece, json)
            return
        while piece.text:
            _write([piece.text], to_stderr=False)
            piece = moyai.jobs.log(job, LogAsked(name=name, offset=piece.offset))


@group.command()
def cancel(job: JobId, json: AsJson = False) -> None:
    """End it: at once while it waits, soon when it runs."""
    with client() as moyai:
        shown = moyai.jobs.cancel(job)
        if json or shown.ended_at is not None:
            show(shown, json, ("id", "state", "detail"))
        else:
            out.print("It was asked to end.")


@group.command()
def artifacts(
    job: JobId,
    save: Annotated[Path | None, typer.Option(file_okay=False, help="Download them all into this folder.")] = None,
    json: AsJson = False,
) -> None:
    """What an ended job left."""
    with client() as moyai:
        kept = moyai.jobs.artifacts(job)
        show(Page(items=kept), json, ("id", "name", "bytes", "digest"))
        for one in kept if save else ():
            target = moyai.jobs.download(one, save or Path())
            if not json:
                out.print(str(target), markup=False)


def _program(command: list[str]) -> tuple[tuple[str, ...], list[Path]]:
    """The command as the job's folder sees it, and the script that has to go along."""
    script, rest = Path(command[0]), command[1:]
    if not script.is_file() or script.suffix not in (".py", ".sh"):
        return tuple(command), []
    return ("python" if script.suffix == ".py" else "sh", script.name, *rest), [script]


def _input(text: str) -> InputAsked:
    name, _, ref = text.partition("=")
    if not ref:
        raise Invalid(f"{text!r} is no input.", fix="Write NAME=VERSION, e.g. data=magic@1.", where="--input")
    return InputAsked(name=name, artifact=ref) if ref.startswith("art_") else InputAsked(name=name, version=ref)


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(\d+)([smhd]?)", text)
    if not found:
        raise Invalid(f"{text!r} is no time.", fix="Write 90s, 30m, 2h or 1d.", where="--walltime")
    return int(found[1]) * UNITS[found[2] or "s"]


def _need(need: Need) -> str:
    return f"{need.cores} cores, {need.gpus} GPUs, {in_bytes(need.memory_bytes)}, {in_time(need.wall_seconds)}"


def _used(used: UsageShown) -> str:
    times = f"{in_time(used.cpu_seconds)} of processor in {in_time(used.wall_seconds)}"
    return f"{times}, {in_bytes(used.max_rss_bytes)} of memory at most"


def _sentences(sentences: tuple[str, ...]) -> None:
    for sentence in sentences:
        out.print(sentence, markup=False)


def _write(pieces: Iterable[str], to_stderr: bool) -> None:
    stream = sys.stderr if to_stderr else sys.stdout
    for piece in pieces:
        stream.write(piece)
        stream.flush()
