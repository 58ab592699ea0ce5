"""The page of REST routes, read from the OpenAPI document that the application serves."""

from importlib import import_module
from typing import Any

from scripts.reference import text

METHODS = ("get", "post", "put", "patch", "delete")


def document() -> dict[str, Any]:
    return import_module("moyai.app").openapi()


def row(path: str, method: str, operation: dict[str, Any]) -> tuple[str, str, str, str]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return (
        text.code(f"{method.upper()} {path}"),
        operation.get("description") or operation.get("summary", ""),
        text.code(shape(body)),
        ", ".join(text.code(each["name"]) for each in operation.get("parameters", []) if each["in"] != "header"),
    )


def shape(schema: dict[str, Any]) -> str:
    return schema.get("$ref", "").rpartition("/")[2] or schema.get("title", "")


def page() -> str:
    grouped: dict[str, list[tuple[str, str, str, str]]] = {}
    for path, operations in document()["paths"].items():
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                group = (operation.get("tags") or ["others"])[0]
                grouped.setdefault(group, []).append(row(path, method, operation))
    parts: list[str] = []
    for group in sorted(grouped):
        parts += [f"## {group}", text.table(("route", "what it does", "body", "parameters"), sorted(grouped[group]))]
    return text.page(
        "REST",
        "The running server describes itself at `/api/v1/openapi.json`. Every route takes `Authorization: Bearer "
        "TOKEN`; errors are problem details (RFC 9457), see [errors](errors.md).",
        *parts,
    )
