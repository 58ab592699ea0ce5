"""The process in which a person's script runs as `__main__`; at its end it leaves what the script had imported."""

import runpy
import sys
from pathlib import Path

from moyai.engines.programs import job

LEFT = Path("environment.json")


def main() -> None:
    script = sys.argv[1]
    sys.argv = [script]
    sys.path.insert(0, str(Path(script).parent.absolute()))
    job.OUTPUTS.mkdir(exist_ok=True)
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        job.write_json(LEFT, job.environment())


if __name__ == "__main__":
    main()
