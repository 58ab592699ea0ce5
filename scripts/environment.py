"""Makes the virtual environment, or says what to install first. Runs on any Python 3, so that an old one is told."""

import subprocess
import sys

OLDEST = (3, 11)


def missing(version, packages):
    """What stands in the way, in words; empty when nothing does."""
    if version < OLDEST:
        return (
            "Moyai needs Python 3.11 or newer; this is {}.{}. On Debian 12, Ubuntu 24.04 or newer: "
            "apt-get install python3 python3-venv. With another one: make PYTHON=python3.12 ..."
        ).format(*version[:2])
    if packages:
        return (
            "This Python cannot make a virtual environment ({} is missing). On Debian or Ubuntu: "
            "apt-get install python3-venv (or python{}.{}-venv for a Python of that version)"
        ).format(", ".join(packages), *version[:2])
    return ""


def absent(names):
    found = []
    for name in names:
        try:
            __import__(name)
        except ImportError:
            found.append(name)
    return found


def make(folder):
    trouble = missing(sys.version_info[:2], absent(["venv", "ensurepip"]))
    if trouble:
        sys.exit(trouble)
    sys.exit(subprocess.call([sys.executable, "-m", "venv", folder]))


if __name__ == "__main__":
    make(sys.argv[1])
