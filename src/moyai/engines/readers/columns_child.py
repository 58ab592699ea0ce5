"""The child process of `columns`: one question on stdin, one JSON answer on stdout. Reads only the files named."""

import json
import resource
import sys
from pathlib import Path
from typing import Any

import duckdb

from moyai.data.ports import Bounds, Layout
from moyai.engines.programs import tables
from moyai.engines.readers import columns_profile
from moyai.kernel.errors import Failure

OUTPUT_BYTES = 256 << 20


def main() -> None:
    asked = json.load(sys.stdin)
    bounds = Bounds(**asked["bounds"])
    _limited(bounds)
    try:
        answer = _answered(asked, bounds)
    except Failure as failure:
        answer = {"error": {"kind": failure.kind, "what": failure.what, "where": failure.where, "fix": failure.fix}}
    json.dump(answer, sys.stdout, ensure_ascii=False, allow_nan=False)


def _answered(asked: dict[str, Any], bounds: Bounds) -> dict[str, Any]:
    paths = [Path(path) for path in asked["paths"]]
    layout = Layout(**{**asked["layout"], "columns": tuple(asked["layout"]["columns"])})
    table = tables.opened(paths, layout, bounds)
    try:
        if asked["verb"] == "rows":
            return {"rows": columns_profile.first_rows(table, asked["limit"])}
        return columns_profile.profile(table, paths)
    except duckdb.Error as error:
        raise tables.explained(error, paths) from error


def _limited(bounds: Bounds) -> None:
    """The system's own limits, for the case that nobody watches any more. Not on address space: duckdb maps far more
    than it uses, so the parent watches what is resident."""
    seconds = int(bounds.wall_seconds * 2) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))


if __name__ == "__main__":
    main()
