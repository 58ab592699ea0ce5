"""Typed, time-ordered identifiers: `job_01jd...`. The prefix says what kind of thing it is."""

import secrets
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letters that look like digits."""
LENGTH = 26
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_SHIFTS = range(5 * (LENGTH - 2), -1, -10)


def new(prefix: str) -> str:
    """A new id: 48 bits of milliseconds, then 80 random bits, so that ids sort by the time they were made."""
    return f"{prefix}_{encode((time.time_ns() // 1_000_000 << 80) | secrets.randbits(80))}"


def encode(number: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def kind_of(identifier: str) -> str:
    """The prefix of an id, or '' when it is none of ours."""
    prefix, _, rest = identifier.partition("_")
    return prefix if len(rest) == LENGTH and all(letter in ALPHABET for letter in rest) else ""
