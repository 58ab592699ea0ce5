"""`python -m bench [NAME...]`: run every measurement, or those named; results go to bench/results as dated JSON."""

import subprocess
import sys
from pathlib import Path

NOT_MEASURING = {"__init__", "__main__", "record"}


def names() -> list[str]:
    """Every measurement that stands here."""
    return sorted({path.stem for path in Path(__file__).parent.glob("*.py")} - NOT_MEASURING)


def main(wanted: list[str]) -> int:
    """Each in a process of its own, so that none pays for what another loaded. Gives how many failed."""
    unknown = set(wanted) - set(names())
    if unknown:
        sys.stderr.write(f"No measurement {', '.join(sorted(unknown))}. There are: {', '.join(names())}.\n")
        return 2
    failed = 0
    for name in wanted or names():
        sys.stdout.write(f"== {name}\n")
        sys.stdout.flush()
        failed += subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
