"""Structured logs: one JSON object a line on stderr, without secrets."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

SECRET = re.compile(r"(moyai_[A-Za-z0-9_-]{20,}|(?i:bearer)\s+\S+)")


class Lines(logging.Formatter):
    """A log record as a line of JSON. Anything that looks like a token is struck out."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "room": record.name.removeprefix("moyai."),
            "message": strike(record.getMessage()),
        }
        if record.exc_info:
            line["trace"] = strike(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def strike(text: str) -> str:
    """`text` with every token replaced."""
    return SECRET.sub("***", text)


def start(level: str) -> None:
    """Send every log of this process to stderr in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("uvicorn.access", "httpx", "httpcore", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
