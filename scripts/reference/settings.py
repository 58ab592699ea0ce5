"""The page of settings."""

from pydantic_core import PydanticUndefined

from moyai.kernel.settings import PREFIX, Settings
from scripts.reference import text


def page() -> str:
    rows = [
        (text.code(PREFIX + key.upper()), text.code(key), text.code(default(field.default)), field.description or "")
        for key, field in Settings.model_fields.items()
    ]
    return text.page(
        "Settings",
        "The environment wins over `moyai.toml` in the home, and that over the default.",
        text.table(("environment", "key in moyai.toml", "default", "what it sets"), rows),
    )


def default(value: object) -> str:
    return "" if value is PydanticUndefined else str(value)
