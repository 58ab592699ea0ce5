"""`python -m scripts.reference` writes docs/reference; with `--check` it only says what is out of date."""

import sys
from pathlib import Path

from scripts.reference import catalogue

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


def main(arguments: list[str]) -> int:
    if "--check" not in arguments:
        for name, text in catalogue.pages().items():
            (FOLDER / name).write_text(text, encoding="utf-8")
        return 0
    stale = catalogue.stale(FOLDER)
    for name in stale:
        print(f"docs/reference/{name} is out of date: run `make docs` and read what changed")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
