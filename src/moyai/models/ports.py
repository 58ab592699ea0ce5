"""What models need from the world: programs that train, and runtimes that predict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from moyai.compute.ports import Program


@dataclass(frozen=True, slots=True)
class Tensor:
    """One named input or output of a model, in the words of the Open Inference Protocol V2."""

    name: str
    datatype: str
    """`FP32`, `FP64`, `INT64`, `BOOL`, `BYTES`."""
    shape: tuple[int, ...]
    """-1 is the batch."""


@dataclass(frozen=True, slots=True)
class Signature:
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    """`features` (JSON list of column names in the order of the input's last axis), `classes` (JSON list)."""


class Trainer(Protocol):
    """A training program: reads `inputs/`, writes `outputs/model.onnx`, `metrics.jsonl`, `result.json`."""

    def program(self, task: Mapping[str, Any], files: Mapping[str, bytes]) -> Program:
        """The command for one declared training task; `files` are the person's own code, if any.

        Raises `kernel.errors.Invalid` naming the wrong key of `task`.
        """
        ...

    def keys(self) -> Mapping[str, str]:
        """Every key that `task` may have, with what it means in one line."""
        ...


class Loaded(Protocol):
    """A model in memory. `predict` is safe from many threads."""

    @property
    def signature(self) -> Signature: ...

    def predict(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Outputs by name, numpy arrays; inputs are arrays, or buffers with a shape (memoryviews) that become arrays
        without a copy: both of the signature's datatype and shape.

        Raises `kernel.errors.Invalid` when a shape or datatype is not the signature's."""
        ...


class Runtime(Protocol):
    def load(self, path: Path) -> Loaded:
        """Read a model file. Raises `kernel.errors.Invalid` when it is not one this runtime reads."""
        ...


@dataclass(frozen=True, slots=True)
class Shift:
    """One column of a window beside the reference."""

    name: str
    statistic: float
    p: float
    """Adjusted for the number of columns."""
    changed: bool


class Reference(Protocol):
    """Rows that a model learned from, ready to be compared with. `compare` is safe from many threads."""

    @property
    def columns(self) -> tuple[str, ...]: ...

    def compare(self, window: Mapping[str, Sequence[float]], alpha: float) -> tuple[Shift, ...]:
        """Every column of the reference that the window has, beside it; over all of them together a window from the
        reference's own distribution counts as changed with a chance of at most `alpha`.

        Raises `kernel.errors.Invalid` for an empty window, or one without any of the columns.
        """
        ...


class Detector(Protocol):
    """A test for drift."""

    def read(self, path: Path) -> Reference:
        """A reference from an `.npz` file, one array a column. Raises `kernel.errors.Invalid` when it is not one."""
        ...
