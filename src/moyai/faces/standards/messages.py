"""Messages of the Open Inference Protocol V2 beside tensors: who asks, which address, what went wrong."""

import re
from typing import Any

import msgspec

from moyai.kernel.errors import Failure, Invalid, NotAuthenticated, NotFound
from moyai.models.ports import Signature, Tensor
from moyai.models.schema import Answering

_NUMBER = re.compile(r"[0-9]{1,9}")
_encode = msgspec.json.Encoder().encode


class NotThisWay(Failure):
    """The address is right, the method is not."""

    status = 405
    kind = "wrong-method"


def secret(headers: dict[bytes, bytes]) -> str:
    kind, _, secret = headers.get(b"authorization", b"").partition(b" ")
    if kind.lower() != b"bearer" or not secret:
        raise NotAuthenticated("Nobody is named.", fix="Send `Authorization: Bearer <token>`.")
    return secret.decode("latin-1").strip()


def target(parts: list[str], path: str) -> tuple[str, int | None, str]:
    """(model, version, verb) of models/NAME[/versions/N][/ready|/infer]; the verb is empty for metadata."""
    found = parts[1:]
    if parts[0] == "models" and found and found[0]:
        name, rest, number = found[0], found[1:], None
        if rest[:1] == ["versions"] and len(rest) > 1 and _NUMBER.fullmatch(rest[1]):
            number, rest = int(rest[1]), rest[2:]
        if rest in ([], ["ready"], ["infer"]):
            return name, number, rest[0] if rest else ""
    raise NotFound(f"Nothing is at {path}.", fix="See /v2/models/{name}[/versions/{n}][/ready|/infer].", where=path)


def method(method: str, verb: str) -> None:
    wanted = "POST" if verb == "infer" else "GET"
    if method != wanted and not (method == "HEAD" and wanted == "GET"):
        raise NotThisWay(f"This address takes {wanted}, not {method}.", where="method")


def metadata(answering: Answering, signature: Signature) -> dict[str, Any]:
    def described(tensors: tuple[Tensor, ...]) -> list[dict[str, Any]]:
        return [{"name": one.name, "datatype": one.datatype, "shape": one.shape} for one in tensors]

    return {
        "name": answering.name,
        "versions": [str(answering.number)],
        "platform": "onnx",
        "inputs": described(signature.inputs),
        "outputs": described(signature.outputs),
        "parameters": {"features": ",".join(answering.features), "model_version": answering.model_version},
    }


def problem(failure: Failure) -> tuple[int, bytes]:
    """Problem details (RFC 9457) with the protocol's own `error` beside them."""
    status = 400 if isinstance(failure, Invalid) else failure.status
    body = {
        "error": str(failure),
        "type": f"urn:moyai:problem:{failure.kind}",
        "title": failure.kind,
        "status": status,
        "detail": failure.what,
        "fix": failure.fix,
        "where": failure.where,
        "retry": failure.retry,
    }
    return status, _encode(body)
