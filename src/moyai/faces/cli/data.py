"""`moyai data`: datasets, versions, profiles, validation."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from moyai.data.schema import (
    ColumnShown,
    Contract,
    DatasetAsked,
    DatasetsAsked,
    Examined,
    Revision,
    RowsAsked,
    Terms,
    VersionAsked,
    VersionsAsked,
)
from moyai.faces.cli.session import AsJson, client, out, show
from moyai.kernel.errors import Conflict, Invalid
from moyai.kernel.shapes import Page
from moyai.kernel.units import in_bytes

S = TypeVar("S", bound=BaseModel)
group = typer.Typer(no_args_is_help=True, add_completion=False, help="Datasets, versions, profiles, validation.")
Cursor = Annotated[str | None, typer.Option(help="Where the page before ended.")]
Version = Annotated[str, typer.Argument(help="Id, DATASET@NUMBER, or a dataset's name for its newest version.")]
Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Read together as one table.")]
Json = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A JSON file.")]


@group.command("import")
def import_(
    files: Files,
    name: Annotated[str, typer.Option(help="Of the dataset; left out: from the first file's name.")] = "",
    title: Annotated[str, typer.Option(help="In words; left out: the name.")] = "",
    organisation: Annotated[str | None, typer.Option(help="The member that owns it.")] = None,
    classification: Annotated[str, typer.Option(help="open, members or restricted.")] = "",
    licence: Annotated[str, typer.Option(help="SPDX name, or in words.")] = "",
    citation: Annotated[str, typer.Option(help="How users name the origin.")] = "",
    purpose: Annotated[list[str] | None, typer.Option(help="An allowed use; may be given again.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day of use, YYYY-MM-DD.")] = None,
    format: Annotated[str, typer.Option(help="csv or parquet, where the name's ending does not say it.")] = "",
    header: Annotated[bool, typer.Option(help="Whether the first line names the columns.")] = True,
    columns: Annotated[str, typer.Option(help="Names for a file without a header, with commas between.")] = "",
    contract: Json = None,
    derived_from: Annotated[list[str] | None, typer.Option(help="A version it was made from.")] = None,
    note: Annotated[str, typer.Option(help="What is new in this version.")] = "",
    wait: Annotated[bool, typer.Option(help="Wait until it is profiled and judged.")] = True,
    json: AsJson = False,
) -> None:
    """Publish FILES as a version of a dataset, which is registered when it is new, and say what is in them."""
    terms = _given({"licence": licence, "citation": citation, "purposes": tuple(purpose or ()), "until": until})
    names = tuple(column.strip() for column in columns.split(",")) if columns else ()
    layout = {"format": format or ("csv" if names else ""), "header": header and not names, "columns": names}
    told = {
        "name": name or re.sub(r"[^a-z0-9._-]+", "-", files[0].stem.lower()).strip("-._"),
        "title": title or name or files[0].stem, "classification": classification, "terms": terms,
        "layout": layout if format or names or not header else None, "contract": _read(contract, Contract),
    }  # fmt: skip
    with client() as moyai:
        if organisation:
            told["organisation"] = moyai.organisations.get(organisation).id
        dataset = moyai.datasets.ensure(_valid(lambda: DatasetAsked.model_validate(_given(told)), "import:"))
        sent = moyai.blobs.keep_files(files)
        asked = VersionAsked(dataset=dataset.id, files=sent, derived_from=tuple(derived_from or ()), note=note)
        version = moyai.versions.publish(asked)
        _tell(moyai.versions.examined(version.id), json) if wait else show(version, json)


@group.command("list")
def list_(organisation: str | None = None, cursor: Cursor = None, json: AsJson = False) -> None:
    """Datasets, newest first."""
    with client() as moyai:
        page = moyai.datasets.list(DatasetsAsked(organisation=organisation, cursor=cursor))
        show(page, json, ("name", "title", "classification", "organisation", "versions", "id"))


@group.command()
def get(ref: str, json: AsJson = False) -> None:
    """A dataset (name or id: terms, owner, layout, contract) or a version (DATASET@NUMBER or id: files, state)."""
    with client() as moyai:
        version = "@" in ref or ref.startswith("dsv_")
        show(moyai.versions.get(ref) if version else moyai.datasets.get(ref), json)


@group.command()
def versions(
    dataset: Annotated[str | None, typer.Argument()] = None, cursor: Cursor = None, json: AsJson = False
) -> None:
    """Versions, newest first; of one DATASET or of all."""
    with client() as moyai:
        page = moyai.versions.list(VersionsAsked(dataset=dataset, cursor=cursor))
        show(page, json, ("name", "state", "rows", "bytes", "at", "id"))


@group.command()
def profile(version: Version, json: AsJson = False) -> None:
    """What a version contains, as its files say."""
    with client() as moyai:
        found = moyai.versions.profile(version)
    if json:
        show(found, json)
    else:
        out.print(f"{found.rows:,} rows, {found.duplicate_rows:,} of them repeated", markup=False)
        columns: Page[ColumnShown] = Page(items=tuple(map(_rounded, found.columns)))
        show(columns, json, ("name", "type", "nulls", "distinct", "minimum", "mean", "maximum"))
        _list("Know before use", found.notes)


@group.command()
def rows(version: Version, limit: int = 10, json: AsJson = False) -> None:
    """The first rows of a version."""
    with client() as moyai:
        found = moyai.versions.rows(version, RowsAsked(limit=limit))
    lines = ("\t".join("" if value is None else str(value) for value in line) for line in (found.columns, *found.rows))
    show(found if json else "\n".join(lines), json)


@group.command()
def validate(version: Version, again: bool = False, json: AsJson = False) -> None:
    """The verdict on a version; with --again it is read and judged anew, by the contract of today."""
    with client() as moyai:
        if again:
            moyai.versions.validate(version)
        _tell(moyai.versions.examined(version), json)


@group.command()
def contract(version: Version) -> None:
    """A contract that a version keeps, as JSON: edit it and give it to `revise --contract`."""
    with client() as moyai:
        show(moyai.versions.draft_contract(version), True)


@group.command()
def revise(
    dataset: str, title: str | None = None, terms: Json = None, contract: Json = None, json: AsJson = False
) -> None:
    """Change a dataset's title, terms or contract from now on; what they were stays on record."""
    revision = Revision(title=title, terms=_read(terms, Terms), contract=_read(contract, Contract))
    with client() as moyai:
        show(moyai.datasets.revise(dataset, revision), json)


@group.command()
def download(version: Version, folder: Annotated[Path, typer.Argument()] = Path(), json: AsJson = False) -> None:
    """Every file of a version into FOLDER, each checked against its digest."""
    with client() as moyai:
        paths = moyai.versions.download(version, folder)
        show(moyai.versions.get(version), json) if json else _list("Written", [str(path) for path in paths])


def _rounded(column: ColumnShown) -> ColumnShown:
    ends = {key: getattr(column, key) for key in ("minimum", "mean", "maximum")}
    return column.model_copy(update={key: f"{end:.6g}" for key, end in ends.items() if isinstance(end, float)})


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if value}


def _read(path: Path | None, shape: type[S]) -> S | None:
    return _valid(lambda: shape.model_validate_json(path.read_bytes()), str(path)) if path else None


def _valid(make: Callable[[], S], where: str) -> S:
    try:
        return make()
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{first['msg']}.", fix="See `moyai data --help`.", where=f"{where} {place}".strip()) from wrong


def _tell(found: Examined, json: bool) -> None:
    """What is in a version and whether it is as agreed; exit code 3 when it was rejected."""
    if json:
        show(found, json)
    else:
        version, profile = found.version, found.profile
        rows = "no table" if version.rows is None else f"{version.rows:,} rows"
        width = f", {len(profile.columns)} columns" if profile and profile.tables else ""
        out.print(f"{version.name} {version.state}: {rows}{width}, {in_bytes(version.bytes)}", markup=False)
        out.print(f"{version.id}  {version.digest}", style="dim")
        _list("Know before use", profile.notes if profile else ())
        findings = found.validation.findings if found.validation else ()
        _list("Against the contract", [f"{one.severity}: {one.column} {one.problem}" for one in findings])
    if found.version.state == "rejected":
        raise typer.Exit(Conflict.exit_code)


def _list(title: str, lines: Sequence[str]) -> None:
    if lines:
        out.print(f"{title}:", *(f"  - {line}" for line in lines), sep="\n", markup=False)
