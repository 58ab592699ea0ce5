"""A named pipe that supervisors ring when a job has ended: waiting for ends costs nothing while nothing ends."""

import contextlib
import os
import select
import threading
from pathlib import Path


class Bell:
    """The listening end. A ring says only that something ended: what, is asked of the engine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._number: int | None = None
        self._one = threading.Lock()

    def listen(self) -> int:
        """Be listening from now on; the open file's number, ready to read when rung (for an event loop)."""
        with self._one:
            if self._number is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(FileExistsError):
                    os.mkfifo(self.path, 0o600)
                # Opened for both ways: a pipe without a writer would report its end for ever.
                self._number = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)
            return self._number

    def wait(self, seconds: float) -> bool:
        """Sleep until rung, at most `seconds`; True when it was. Earlier rings count; one waiter at a time."""
        number = self.listen()
        rung, _, _ = select.select([number], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            return bool(rung and os.read(number, 65536))
        return False

    def close(self) -> None:
        with self._one:
            if self._number is not None:
                os.close(self._number)
            self._number = None


def ring(path: str) -> None:
    """Tell whoever listens that a job has ended; nobody listening is fine."""
    with contextlib.suppress(OSError):
        number = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(number, b"!")
        finally:
            os.close(number)
