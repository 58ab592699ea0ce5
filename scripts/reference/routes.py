"""The page of REST routes, read from the routers that the application includes."""

import ast
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from textwrap import dedent
from typing import Any, NamedTuple

from fastapi import FastAPI

from scripts.reference import text

PREFIX = "/api/v1"


class Offered(NamedTuple):
    """One route as a client sees it."""

    route: str
    does: str
    body: str
    parameters: str


def each() -> Iterator[tuple[str, Offered]]:
    """Group and route, for every route of every router."""
    for router in import_module("moyai.app").ROUTERS:
        alone = FastAPI()
        alone.include_router(router, prefix=PREFIX)
        endpoints = {
            (PREFIX + route.path, method): route.endpoint for route in router.routes for method in route.methods
        }
        for path, operations in alone.openapi()["paths"].items():
            for method, operation in operations.items():
                does = contract(endpoints[path, method.upper()]) or operation.get("summary", "")
                group = (operation.get("tags") or ["others"])[0]
                yield group, offered(f"{method.upper()} {path}", does, operation)


def offered(route: str, does: str, operation: dict[str, Any]) -> Offered:
    sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    return Offered(text.code(route), does, text.code(shape(sent)), ", ".join(text.code(name) for name in names))


def shape(schema: dict[str, Any]) -> str:
    return schema.get("$ref", "").rpartition("/")[2] or schema.get("title", "")


def contract(endpoint: Callable[..., Any]) -> str:
    """The route's own docstring, else that of the one verb that it calls: `call.run(jobs.submit, asked)`."""
    if endpoint.__doc__:
        return text.said(endpoint)
    for node in ast.walk(ast.parse(dedent(inspect.getsource(endpoint)))):
        asks = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("run", "read")
        if asks and node.args and isinstance(node.args[0], ast.Attribute) and isinstance(node.args[0].value, ast.Name):
            noun = inspect.unwrap(endpoint).__globals__.get(node.args[0].value.id)
            return text.said(getattr(noun, node.args[0].attr, None))
    return ""


def page() -> str:
    grouped: dict[str, list[Offered]] = {}
    for group, route in each():
        grouped.setdefault(group, []).append(route)
    parts: list[str] = []
    for group in sorted(grouped):
        listed = text.table(("route", "what it does", "body", "query"), sorted(grouped[group]))
        parts += [f"## {group}", listed]
    return text.page(
        "REST",
        f"The running server describes itself at `{PREFIX}/openapi.json`. Every route takes `Authorization: Bearer "
        "TOKEN`; errors are problem details (RFC 9457), see [errors](errors.md).",
        *parts,
    )
