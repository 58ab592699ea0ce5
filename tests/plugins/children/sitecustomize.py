"""Read by every Python program that a test starts (this folder is on its PYTHONPATH): the same refusal there."""

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).resolve().parents[1] / "loopback.py"))["guard"]()
