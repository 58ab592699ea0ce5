"""Logs are one JSON object a line, and hold no token."""

import json
import logging
import subprocess
import sys

import pytest

from moyai.kernel import logs

SECRET = "moyai_" + "x" * 43


def line(message: str, *args: object) -> dict[str, str]:
    record = logging.LogRecord("moyai.people.tokens", logging.WARNING, "", 1, message, args, None)
    return json.loads(logs.Lines().format(record))


@pytest.mark.parametrize(
    "text", [f"token {SECRET}", f"Authorization: Bearer {SECRET}", "bearer abc.def", f"'{SECRET}'"]
)
def test_what_looks_like_a_token_is_struck_out(text: str):
    said = line(text)["message"]
    assert "***" in said
    assert "xxx" not in said
    assert "abc" not in said


def test_a_token_among_the_arguments_is_struck_out():
    assert line("sent %s", SECRET)["message"] == "sent ***"


def test_a_line_says_when_how_bad_and_which_room():
    said = line("two\nlines")
    assert (said["level"], said["room"], said["message"]) == ("warning", "people.tokens", "two\nlines")
    assert said["at"].endswith("+00:00")


def test_a_trace_is_in_the_same_line_without_tokens():
    program = (
        "import logging; from moyai.kernel import logs; logs.start('info')\n"
        f"try: raise ValueError('{SECRET}')\n"
        "except ValueError: logging.getLogger('moyai.x').exception('broken')\n"
        "logging.getLogger('httpx').info('quiet')"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    (only,) = ended.stderr.splitlines()
    assert "ValueError: ***" in json.loads(only)["trace"]
