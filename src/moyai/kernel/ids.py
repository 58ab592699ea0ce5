"""Typed, time-ordered identifiers: `job_01jd...`. The prefix says what kind of thing it is."""

import secrets
import threading
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letters that look like digits."""
LENGTH = 26
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_SHIFTS = range(5 * (LENGTH - 2), -1, -10)


_lock = threading.Lock()
_last = 0


def new(prefix: str) -> str:
    """A new id: 48 bits of milliseconds, then 80 random bits. Ids of one process sort in the order they were made."""
    global _last
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    with _lock:
        # Within a millisecond, or when the clock is set back, go on from the last one; by a random step, so that
        # whoever numbers a few things on from an id of theirs does not meet the next.
        if number <= _last:
            number = _last + secrets.randbits(64) + (1 << 32)
        _last = number
    return f"{prefix}_{encode(number)}"


def encode(number: int) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def kind_of(identifier: str) -> str:
    """The prefix of an id, or '' when it is none of ours."""
    prefix, _, rest = identifier.partition("_")
    return prefix if len(rest) == LENGTH and all(letter in ALPHABET for letter in rest) else ""
