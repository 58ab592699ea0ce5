"""What a job's folder holds on the disk: weighed while it runs, its scratch folder cleared at the end."""

import contextlib
import os
import shutil
from pathlib import Path

SCRATCH = ".tmp"
BLOCK = 512


def weigh(folder: Path, apart: str) -> int:
    """Bytes on the disk under `folder`, but for `apart` in it.

    Links are not followed, a file with two names counts once, and what vanishes meanwhile does not count.
    """
    total, waiting, twice = 0, [str(folder)], set[int]()
    while waiting:
        inside = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(inside) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.extend([entry.path] if (inside, entry.name) != (str(folder), apart) else [])
                else:
                    total += own_bytes(entry, twice)
    return total


def own_bytes(entry: "os.DirEntry[str]", twice: set[int]) -> int:
    try:
        facts = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    if facts.st_nlink > 1:
        if facts.st_ino in twice:
            return 0
        twice.add(facts.st_ino)
    return facts.st_blocks * BLOCK


def clear(folder: Path) -> None:
    """Remove the scratch folder, as far as the job left it removable."""
    shutil.rmtree(folder / SCRATCH, ignore_errors=True)
