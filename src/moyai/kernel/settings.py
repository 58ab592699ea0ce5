"""Settings: the environment first, then `moyai.toml` in the home, then the defaults below. Each is documented here."""

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError

from moyai.kernel.errors import Invalid
from moyai.kernel.shapes import Shape

PREFIX = "MOYAI_"


class Settings(Shape):
    """What an installation may set. The environment's name is `MOYAI_` and the key in capitals."""

    home: Path = Field(default=Path(".moyai"), description="Where everything of this installation is kept.")
    database: str = Field(
        default="", description="SQLAlchemy address of the database; empty: `moyai.sqlite` in the home."
    )
    url: str = Field(default="", description="Server that the command speaks to; empty: the one of the home.")
    token: SecretStr | None = Field(default=None, description="Token of the command; absent: the home's owner's.")
    host: str = Field(default="127.0.0.1", description="Address on which `moyai up` listens.")
    port: int = Field(default=8420, ge=0, le=65535, description="Port on which `moyai up` listens; 0: any free one.")
    language: str = Field(default="", description="`en` or `ja`; empty: by the system's locale.")
    storage: str = Field(default="folder", description="Name of the storage engine that keeps blobs.")
    upload_bytes: int = Field(default=4 << 30, gt=0, description="Largest file accepted in one upload, in bytes.")
    body_bytes: int = Field(default=16 << 20, gt=0, description="Largest request body other than an upload, in bytes.")
    lock_seconds: float = Field(default=20.0, ge=0, description="How long a command waits for the home's lock.")
    policy_seconds: float = Field(
        default=5.0,
        ge=0,
        le=5,
        description="How long who-is-asking and may-I answers are cached; revocation takes effect within it.",
    )
    anchor_seconds: float = Field(
        default=60.0,
        gt=0,
        description="How often the journal's head is anchored outside the database while it changes.",
    )
    log_level: str = Field(
        default="warning", pattern="^(debug|info|warning|error)$", description="`debug`, `info`, `warning` or `error`."
    )

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.home.absolute() / 'moyai.sqlite'}"


def read(**given: Any) -> Settings:
    """The settings in force: `given`, then the environment, then the home's file, then the defaults.

    An empty variable counts as none. Raises Invalid naming the key and where it was set.
    """
    named = {key: os.environ.get(PREFIX + key.upper(), "") for key in Settings.model_fields}
    spoken = {key: value for key, value in named.items() if value}
    home = Path(given.get("home") or spoken.get("home") or Settings.model_fields["home"].default)
    file = home / "moyai.toml"
    written = _file(file) if file.is_file() else {}
    try:
        return Settings.model_validate({**written, **spoken, **given})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        key = str(first["loc"][0])
        environment = f"environment {PREFIX}{key.upper()}"
        place = f"option {key}" if key in given else environment if key in spoken else f"{file}, key {key}"
        raise Invalid(f"{first['msg']}.", fix="See docs/reference/settings.md.", where=place) from wrong


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise Invalid(f"Not a TOML file: {wrong}.", fix="Mend it, or move it away.", where=str(path)) from wrong
