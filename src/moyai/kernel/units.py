"""Quantities with their unit in the type, and how a person reads them."""

from decimal import Decimal
from typing import NewType

Bytes = NewType("Bytes", int)
Seconds = NewType("Seconds", float)
CoreHours = NewType("CoreHours", Decimal)
GpuHours = NewType("GpuHours", Decimal)


def in_bytes(count: float) -> str:
    """`1.5 MB`: decimal multiples, as disks and networks are sold."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if abs(count) < 1000 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def in_time(seconds: float) -> str:
    """`2.4 s`, `3 min 20 s`, `1 h 05 min`."""
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
