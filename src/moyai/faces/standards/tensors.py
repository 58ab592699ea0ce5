"""Bodies of the Open Inference Protocol V2 and the tensors in them; what is wrong is said with what was expected.

No numpy here: a tensor is a buffer with a shape, which every numerical library takes as an array without a copy.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import msgspec

from moyai.kernel.errors import Invalid
from moyai.models.ports import Signature, Tensor

CODES = {"FP32": "f", "FP64": "d", "INT64": "q", "INT32": "i", "INT16": "h", "INT8": "b", "UINT8": "B", "BOOL": "B"}
LENGTH = b"inference-header-content-length"
_NUMBERS = msgspec.json.Decoder(list[float])
_INTEGERS = msgspec.json.Decoder(list[int])
_TRUTHS = msgspec.json.Decoder(list[bool])
_ANYTHING = msgspec.json.Decoder()


class Input(msgspec.Struct):
    name: str
    shape: list[int]
    datatype: str
    data: msgspec.Raw = msgspec.Raw(b"")
    parameters: dict[str, Any] = {}


class Wanted(msgspec.Struct):
    name: str
    parameters: dict[str, Any] = {}


class Asked(msgspec.Struct):
    inputs: list[Input]
    id: str = ""
    parameters: dict[str, Any] = {}
    outputs: list[Wanted] | None = None


class Output(msgspec.Struct):
    name: str
    datatype: str
    shape: list[int]
    data: list[Any]

    @classmethod
    def of(cls, tensor: Tensor, values: Any) -> "Output":
        """From an array: its values in row-major order, as the protocol has them."""
        return cls(tensor.name, tensor.datatype, list(values.shape), values.reshape(-1).tolist())


@dataclass(frozen=True, slots=True)
class Given:
    """One input as it was sent."""

    array: memoryview
    values: list[Any]
    """Flat, in row-major order."""
    rows: int
    deep: bool
    """Whether a row is a list of values, or one value."""

    def by_row(self) -> list[Any]:
        if not self.deep:
            return self.values
        if self.rows == 1:
            return [self.values]
        width = len(self.values) // self.rows
        return [self.values[start : start + width] for start in range(0, len(self.values), width)]


_asked = msgspec.json.Decoder(Asked)


def read(body: bytes, headers: dict[bytes, bytes]) -> tuple[Asked, bytes]:
    """The request, and the binary tensors after it. Raises Invalid with the place of what is wrong."""
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise Invalid("A compressed body is not understood here.", fix="Send it as it is.", where="content-encoding")
    tail = b""
    if LENGTH in headers:
        size = headers[LENGTH]
        if not size.isdigit() or int(size) > len(body):
            raise Invalid("It is not the length of a JSON part of this body.", where=LENGTH.decode())
        body, tail = body[: int(size)], body[int(size) :]
    try:
        return _asked.decode(body), tail
    except (RecursionError, msgspec.ValidationError) as wrong:
        raise Invalid(f"The request is not as the protocol has it: {wrong}.", where="body") from wrong
    except msgspec.DecodeError as wrong:
        raise Invalid(f"The body is not JSON: {wrong}.", where="body") from wrong


def inputs(asked: Asked, tail: bytes, signature: Signature) -> dict[str, Given]:
    """Every input of the signature, checked. Raises Invalid with what was expected."""
    expected = {one.name: one for one in signature.inputs}
    names = [one.name for one in asked.inputs]
    if len(names) != len(expected) or set(names) != set(expected):
        raise Invalid(f"The inputs are {_listed(names)}; expected: {_listed(expected)}.", where="inputs")
    found: dict[str, Given] = {}
    start = 0
    for one in asked.inputs:
        size = one.parameters.get("binary_data_size")
        piece = None
        if size is not None:
            if not isinstance(size, int) or size < 0 or start + size > len(tail):
                raise Invalid("The binary part is shorter than binary_data_size says.", where=f"inputs.{one.name}")
            piece, start = tail[start : start + size], start + size
        found[one.name] = _given(one, expected[one.name], piece)
    if start != len(tail):
        raise Invalid(f"{len(tail) - start} bytes follow that belong to no input.", where="body")
    if len({one.rows for one in found.values()}) > 1:
        raise Invalid("The inputs have different numbers of rows.", where="inputs")
    return found


def wanted(asked: Asked, signature: Signature) -> set[str]:
    """Names of the outputs to be sent: those asked for, or all."""
    known = {one.name for one in signature.outputs}
    if not asked.outputs:
        return known
    names = {one.name for one in asked.outputs}
    if not names <= known:
        raise Invalid(f"No output {_listed(names - known)}; there are: {_listed(known)}.", where="outputs")
    return names


def _given(one: Input, expected: Tensor, piece: bytes | None) -> Given:
    where = f"inputs.{one.name}"
    if one.datatype != expected.datatype:
        raise Invalid(f"The datatype is {one.datatype}; expected: {expected.datatype}.", where=where)
    code = CODES.get(one.datatype)
    if code is None:
        raise Invalid(f"Tensors of {one.datatype} are not served here.", fix=f"Use {_listed(CODES)}.", where=where)
    _shaped(one.shape, expected, where)
    cells = _binary(code, piece, where) if piece is not None else _cells(one, code, where)
    if len(cells) != prod(one.shape):
        raise Invalid(
            f"The shape {one.shape} takes {prod(one.shape)} values; there are {len(cells)}.", where=f"{where}.data"
        )
    spelled: Any = "?" if one.datatype == "BOOL" else code
    view = memoryview(cells).cast("B").cast(spelled, tuple(one.shape))
    return Given(view, cells.tolist(), one.shape[0], len(one.shape) > 1)


def _shaped(shape: list[int], expected: Tensor, where: str) -> None:
    pairs = zip(shape, expected.shape, strict=False)
    if len(shape) != len(expected.shape) or any(size < 1 or wanted not in (-1, size) for size, wanted in pairs):
        spelled = list(expected.shape)
        raise Invalid(
            f"The shape is {shape}; expected: {spelled}, where -1 is one row or more.", where=f"{where}.shape"
        )


def _binary(code: str, piece: bytes, where: str) -> "array[Any]":
    cells: array[Any] = array(code)
    if len(piece) % cells.itemsize:
        raise Invalid(f"{len(piece)} bytes are no whole number of values.", where=where)
    cells.frombytes(piece)
    return cells


def _cells(one: Input, code: str, where: str) -> "array[Any]":
    decoder = _NUMBERS if code in "fd" else _TRUTHS if one.datatype == "BOOL" else _INTEGERS
    try:
        return array(code, decoder.decode(one.data))
    except msgspec.ValidationError as wrong:
        return _nested(one, code, f"{where}.data", wrong)
    except msgspec.DecodeError as wrong:
        raise Invalid("There is no data, neither here nor in a binary part.", where=f"{where}.data") from wrong
    except OverflowError as wrong:
        raise Invalid(f"A value does not fit {one.datatype}: {wrong}.", where=f"{where}.data") from wrong


def _nested(one: Input, code: str, where: str, wrong: Exception) -> "array[Any]":
    """Data in nested lists, which the protocol allows beside a flat one; they have to have the shape."""
    data = _ANYTHING.decode(one.data)
    kinds = (bool,) if one.datatype == "BOOL" else (int, float) if code in "fd" else (int,)
    cells = list(_leaves(data, one.shape))
    if not isinstance(data, list) or any(type(cell) not in kinds for cell in cells):
        raise Invalid(f"The data are not values of {one.datatype}: {wrong}.", where=where) from wrong
    return array(code, cells)


def _leaves(data: Any, shape: list[int]) -> Iterator[Any]:
    if not shape:
        yield data
    elif isinstance(data, list) and len(data) == shape[0]:
        for part in data:
            yield from _leaves(part, shape[1:])
    else:
        yield None


def _listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"
