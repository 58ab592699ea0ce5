"""What compute needs from the world: something that runs a job's folder, and programs that change data.

The same job folder works on every engine: `inputs/`, `outputs/`, `task.json`, `metrics.jsonl`, `result.json`,
`stdout.txt`, `stderr.txt`. Nothing in it needs a network or a token.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

NativeId = str
"""The engine's own name of a job (a process, a batch job number): opaque to the domain."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the process tree of a job may use; None means no limit of that kind."""

    wall_seconds: float | None = None
    memory_bytes: int | None = None
    folder_bytes: int | None = None
    """All that the job writes in its folder, its own stdout and stderr included."""
    processes: int | None = None


@dataclass(frozen=True, slots=True)
class Spec:
    """A job as an engine sees it."""

    argv: tuple[str, ...]
    folder: Path
    """Exists and is staged; the job's working directory."""
    cores: int = 1
    gpus: int = 0
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    """The whole environment of the job, but for what the engine adds (OMP_NUM_THREADS and the like)."""
    limits: Limits = Limits()


class Phase(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    ENDED = "ended"
    LOST = "lost"
    """The engine has no trace of it: neither running nor an end on record."""


class Cause(StrEnum):
    """Why a job ended, told apart."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    CANCELLED = "cancelled"
    WALLTIME = "limit:walltime"
    MEMORY = "limit:memory"
    FOLDER = "limit:folder"
    PROCESSES = "limit:processes"
    NOT_STARTED = "not started"
    """The program could not be executed; `Seen.detail` says why."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a job used, as the operating system measured it, over its whole process tree."""

    cpu_seconds: float
    wall_seconds: float
    max_rss_bytes: int
    """Highest sum of resident memory over the tree (sampled), or of one process (`basis` says which)."""
    read_bytes: int | None
    written_bytes: int | None
    """None where the system does not count them."""
    basis: str
    """Which counters these came from, in words."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What an engine says of one job now."""

    phase: Phase
    cause: Cause | None = None
    code: int | None = None
    """Exit code with EXITED, signal number with SIGNALLED."""
    detail: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Capability:
    """What an engine finds on its own machine."""

    cores: int
    memory_bytes: int
    gpus: int
    version: str
    notes: tuple[str, ...] = ()


class Executor(Protocol):
    """Runs jobs at one site. Every method may be called again after a crash of the caller."""

    def submit(self, spec: Spec, tag: str) -> NativeId:
        """Start `spec` under `tag`, exactly once: a second call with a known tag gives the first one's id.

        Raises `kernel.errors.Unavailable` when the engine cannot be reached (worth a retry).
        """
        ...

    def find(self, tag: str, folder: Path) -> NativeId | None:
        """The native id under which `tag` was submitted, or None when it never was."""
        ...

    def status(self, natives: Sequence[NativeId]) -> Mapping[NativeId, Seen]:
        """One answer for all ids asked; an id the engine does not know is LOST."""
        ...

    def cancel(self, native: NativeId) -> None:
        """Ask the job to end (TERM, then KILL after a grace); returns at once. No-op when it has ended."""
        ...

    def usage(self, native: NativeId) -> Measured | None:
        """What the ended job used; None while it runs or when nothing was measured."""
        ...

    def capability(self) -> Capability:
        """What this engine could run here."""
        ...


@dataclass(frozen=True, slots=True)
class Program:
    """What a job runs: the command and what it reads beside its inputs."""

    argv: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """Written into the job's folder before it starts (relative path -> content), e.g. `task.json`."""
    code_digest: str = ""
    """sha256 over the program's own source, `sha256:...`: the code state that lineage records."""


class Transform(Protocol):
    """A preprocessing program: reads `inputs/`, writes `outputs/`; the outputs become a dataset version."""

    def program(self, task: Mapping[str, Any]) -> Program:
        """The command for one declared task. Raises `kernel.errors.Invalid` naming the wrong key of `task`."""
        ...

    def keys(self) -> Mapping[str, str]:
        """Every key that `task` may have, with what it means in one line."""
        ...
