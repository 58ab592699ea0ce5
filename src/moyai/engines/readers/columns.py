"""Reads CSV and Parquet tables that others made: starts a child process with limits, watches it, and takes its answer.

No file is opened here; all reading is done in `columns_child`.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import psutil

from moyai.data.ports import Bounds, Column, Inspected, Layout
from moyai.kernel.errors import KINDS, Failure, Invalid

CHILD = "moyai.engines.readers.columns_child"
LOOK_EVERY_SECONDS = 0.05
PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG", "TZ", "SYSTEMROOT")


class Columns:
    """The reader for CSV and Parquet."""

    def inspect(self, paths: Sequence[Path], layout: Layout, bounds: Bounds) -> Inspected:
        """Profile the rows of all `paths` together; see `data.ports.Reader`."""
        said = _ask("inspect", paths, layout, bounds)
        columns = tuple(_column(one) for one in said["columns"])
        return Inspected(said["rows"], said["duplicate_rows"], columns, tuple(said["notes"]))

    def rows(self, paths: Sequence[Path], layout: Layout, bounds: Bounds, limit: int) -> list[Mapping[str, Any]]:
        """The first `limit` rows; a long text is cut to 1,000 characters."""
        return list(_ask("rows", paths, layout, bounds, limit=limit)["rows"])


def _column(said: Mapping[str, Any]) -> Column:
    bins = tuple((low, high, count) for low, high, count in said["histogram"])
    top = tuple((value, count) for value, count in said["top"])
    return Column(**{**said, "quantiles": tuple(said["quantiles"]), "histogram": bins, "top": top})


def _ask(verb: str, paths: Sequence[Path], layout: Layout, bounds: Bounds, limit: int = 0) -> dict[str, Any]:
    asked = {
        "verb": verb,
        "paths": [str(Path(path).absolute()) for path in paths],
        "layout": asdict(layout),
        "bounds": asdict(bounds),
        "limit": limit,
    }
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as complaint:
        code = _run(json.dumps(asked).encode(), bounds, answer, complaint)
        text = _all(answer)
        if code or not text:
            raise _died(code, _all(complaint), paths)
    said = json.loads(text)
    if "error" in said:
        error = dict(said["error"])
        raise KINDS.get(error.pop("kind"), Failure)(error["what"], fix=error["fix"], where=error["where"])
    return said


def _run(asked: bytes, bounds: Bounds, answer: IO[bytes], complaint: IO[bytes]) -> int:
    """The exit code of the child; past a limit it is killed and Invalid says which."""
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", CHILD],
        stdin=subprocess.PIPE,
        stdout=answer,
        stderr=complaint,
        env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
        start_new_session=True,
    )
    try:
        _hand_over(child, asked)
        return _watched(child, bounds)
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _hand_over(child: subprocess.Popen[bytes], asked: bytes) -> None:
    stdin = child.stdin
    if stdin is None:
        return
    try:
        stdin.write(asked)
        stdin.close()
    except BrokenPipeError:
        return  # it died at once; its exit code and stderr say why


def _watched(child: subprocess.Popen[bytes], bounds: Bounds) -> int:
    deadline = time.monotonic() + bounds.wall_seconds
    process = psutil.Process(child.pid)
    while True:
        try:
            return child.wait(timeout=LOOK_EVERY_SECONDS)
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                raise Invalid(
                    f"Reading took longer than {bounds.wall_seconds:g} seconds and was stopped.",
                    fix="Publish the table in parts, or as Parquet.",
                ) from None
            if _resident(process) > bounds.memory_bytes:
                raise Invalid(
                    f"Reading needed more than {bounds.memory_bytes >> 20:,} MiB of memory and was stopped.",
                    fix="Publish the table in parts, or as Parquet.",
                ) from None


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def _all(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", errors="replace")


def _died(code: int, complaint: str, paths: Sequence[Path]) -> Invalid:
    last = (complaint.strip().splitlines() or ["it said nothing"])[-1][:300]
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    return Invalid(
        f"The process that reads files {how}: {last}",
        where=", ".join(Path(path).name for path in paths)[:200],
        fix="Check the file; when it is sound, report this message.",
    )
