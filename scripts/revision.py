"""`python -m scripts.revision "add sites"`: drafts the migration that leads from the history to the tables of the code.

It compares with an empty database brought up to date, never with somebody's home. Read the draft before you commit it.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def draft(message: str) -> Path:
    """Write the next file of the history and give its path."""
    (MIGRATIONS / "versions").mkdir(exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    with tempfile.TemporaryDirectory() as folder:
        config.set_main_option("sqlalchemy.url", f"sqlite:///{folder}/empty.sqlite")
        command.upgrade(config, "head")
        made = command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
    if made is None or isinstance(made, list):
        raise RuntimeError("alembic drafted nothing")
    path = Path(made.path)
    path.write_text(tidied(path.read_text()))
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=True)
    return path


def tidied(text: str) -> str:
    """Without the marks of the generator, and with our own type under the name that the file imports."""
    lines = [line for line in text.splitlines() if not line.strip().startswith("# ###")]
    return "\n".join(lines).replace("moyai.kernel.database.Moment(timezone=True)", "Moment()") + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python -m scripts.revision "what changes"')
    print(draft(sys.argv[1]))
