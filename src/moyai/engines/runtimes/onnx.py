"""Runs ONNX models with onnxruntime on the CPU, one thread a call: requests are small, and the server has its threads.

onnxruntime costs memory: it is loaded with this engine, and nowhere else in the server.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from moyai.kernel.errors import Invalid
from moyai.models.ports import Signature, Tensor

DATATYPES: dict[str, tuple[str, type[Any]]] = {
    "tensor(float)": ("FP32", np.float32),
    "tensor(double)": ("FP64", np.float64),
    "tensor(float16)": ("FP16", np.float16),
    "tensor(int64)": ("INT64", np.int64),
    "tensor(int32)": ("INT32", np.int32),
    "tensor(int16)": ("INT16", np.int16),
    "tensor(int8)": ("INT8", np.int8),
    "tensor(uint8)": ("UINT8", np.uint8),
    "tensor(bool)": ("BOOL", np.bool_),
    "tensor(string)": ("BYTES", np.object_),
}
"""onnxruntime's word for a type -> that of the Open Inference Protocol V2, and numpy's."""

NUMPY = dict(DATATYPES.values())

if hasattr(onnxruntime, "disable_telemetry_events"):
    onnxruntime.disable_telemetry_events()


class Model:
    """One model in memory."""

    def __init__(self, session: onnxruntime.InferenceSession, name: str) -> None:
        self._session = session
        self.signature = Signature(
            inputs=tuple(_tensor(one, name) for one in session.get_inputs()),
            outputs=tuple(_tensor(one, name) for one in session.get_outputs()),
            metadata=dict(session.get_modelmeta().custom_metadata_map),
        )
        self._outputs = [one.name for one in self.signature.outputs]

    def predict(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Outputs by name, as numpy arrays. Inputs are arrays, or buffers with a shape, which become arrays uncopied.

        Raises Invalid naming the input that is missing, unknown, or of another shape or datatype than the signature's.
        """
        given = {name: np.asarray(one) if isinstance(one, memoryview) else one for name, one in inputs.items()}
        self._check(given)
        try:
            found = self._session.run(self._outputs, given)
        except Exception as error:  # onnxruntime raises a class of its own for each status, without a common base
            said = " ".join(str(error).split())[:300]
            raise Invalid(f"The model could not be run on these inputs: {said}", where="inputs") from error
        return dict(zip(self._outputs, found, strict=True))

    def _check(self, inputs: Mapping[str, Any]) -> None:
        expected = {one.name: one for one in self.signature.inputs}
        for name in inputs:
            if name not in expected:
                raise Invalid(
                    f"The model has no input {name!r}.", where=f"inputs.{name}", fix=f"It takes: {', '.join(expected)}."
                )
        rows: dict[str, int] = {}
        for name, tensor in expected.items():
            if name not in inputs:
                raise Invalid(f"The input {name!r} is missing.", where=f"inputs.{name}", fix=f"Send {_words(tensor)}.")
            _fits(inputs[name], tensor)
            if tensor.shape and tensor.shape[0] == -1:
                rows[name] = inputs[name].shape[0]
        if len(set(rows.values())) > 1:
            said = ", ".join(f"{name} {count}" for name, count in rows.items())
            raise Invalid(
                f"The inputs have different numbers of rows: {said}.", where="inputs", fix="Send as many of each."
            )


class Onnx:
    """The runtime for ONNX files."""

    def load(self, path: Path) -> Model:
        """Read a model file whole; files that point at others for their weights are refused.

        Raises Invalid when it is not an ONNX model, or has an input or output that is not a tensor.
        """
        try:
            content = path.read_bytes()
            session = onnxruntime.InferenceSession(content, _options(), providers=["CPUExecutionProvider"])
        except Exception as error:  # as above: no common base
            said = " ".join(str(error).split())[:300]
            raise Invalid(
                f"This is not a model that onnxruntime {onnxruntime.__version__} can load: {said}",
                where=path.name,
                fix="Export it as ONNX in a single file.",
            ) from error
        return Model(session, path.name)


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return options


def _tensor(found: Any, model: str) -> Tensor:
    if found.type not in DATATYPES:
        raise Invalid(
            f"{found.name!r} is of the type {found.type}; only plain tensors are served.",
            where=model,
            fix="Export without ZipMap (skl2onnx: options={'zipmap': False}).",
        )
    shape = tuple(size if isinstance(size, int) and size >= 0 else -1 for size in found.shape)
    return Tensor(found.name, DATATYPES[found.type][0], shape)


def _fits(given: Any, tensor: Tensor) -> None:
    where = f"inputs.{tensor.name}"
    wanted = NUMPY[tensor.datatype]
    if not isinstance(given, np.ndarray) or (given.dtype != wanted and not _is_text(given, tensor)):
        found = given.dtype if isinstance(given, np.ndarray) else type(given).__name__
        raise Invalid(f"{tensor.name!r} holds {found} values.", where=where, fix=f"Send {_words(tensor)}.")
    fits = given.ndim == len(tensor.shape) and all(
        size in (-1, actual) for size, actual in zip(tensor.shape, given.shape, strict=True)
    )
    if not fits:
        raise Invalid(f"{tensor.name!r} has the shape {list(given.shape)}.", where=where, fix=f"Send {_words(tensor)}.")


def _is_text(given: "np.ndarray[Any, Any]", tensor: Tensor) -> bool:
    return tensor.datatype == "BYTES" and given.dtype.kind in "US"


def _words(tensor: Tensor) -> str:
    return f"{tensor.datatype} values of the shape {list(tensor.shape)} (-1: any number of rows)"
