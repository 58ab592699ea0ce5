"""What planning needs from the world: something that turns evidence into a document that a person reads."""

from collections.abc import Mapping
from typing import Any, Protocol


class Document(Protocol):
    """A pure renderer: evidence in, bytes out. No I/O but its own templates."""

    media_type: str

    def render(self, evidence: Mapping[str, Any], records: Mapping[str, str]) -> bytes:
        """The document of `evidence` (see docs/reference/evidence.md), English and Japanese in one file.

        `records` maps each dotted path of a figure in `evidence` (e.g. `training.cpu_seconds`) to the id of the
        record that it came from; a figure without one is rendered as unsupported, never silently.
        """
        ...
