"""Pages of data: datasets with their terms and contract, versions with what their content says."""

from collections.abc import Iterable

from moyai.data import datasets, profiles, validation, versions
from moyai.data.schema import ColumnShown, DatasetsAsked, DatasetShown, ProfileShown, VersionsAsked, VersionShown
from moyai.faces.portal.pictures import bars
from moyai.faces.portal.record import Block, Kind, Listing, View
from moyai.faces.portal.shown import Cell
from moyai.kernel.wording import mark

VERSION = ("id", "number", "state", "rows", "bytes", "published_by", "at")
COLUMN = ("name", "type", "nulls", "distinct", "minimum", "mean", "maximum")


def of_dataset(view: View, shown: DatasetShown) -> Iterable[Block]:
    yield view.block("Terms of use", shown.terms)
    if found := view.maybe(versions.list, VersionsAsked(dataset=shown.id)):
        yield view.block("Versions", found, columns=VERSION)
    if shown.contract:
        yield view.block("Contract", shown.contract, view.say("What every version has to be."))


def of_version(view: View, shown: VersionShown) -> Iterable[Block]:
    judged, profile = view.maybe(validation.of, shown.id), view.maybe(profiles.of, shown.id)
    if judged:
        yield view.tiles("Validation", {"verdict": judged.verdict, "findings": len(judged.findings), "at": judged.at})
        if judged.findings:
            yield view.block("Findings", judged.findings)
    if profile:
        parts = {"rows": profile.rows, "duplicate_rows": profile.duplicate_rows, "columns": len(profile.columns)}
        yield view.tiles("Profile", parts)
        if profile.notes:
            yield view.block("What to know before using it", profile.notes)
        yield Block(view.say("Columns"), table(view, profile))
    yield view.block("Files", shown.files)


def table(view: View, profile: ProfileShown) -> Cell:
    """The columns with their figures, and the distribution drawn small."""
    head = (*(view.write.label(name) for name in COLUMN), view.say("Distribution"))
    return Cell("table", items=tuple(row(view, column) for column in profile.columns), head=head)


def row(view: View, column: ColumnShown) -> tuple[Cell, ...]:
    figures = tuple(view.write.cell(getattr(column, name), name) for name in COLUMN)
    counts = [count for _, _, count in column.histogram] or [count for _, count in column.top]
    words = ", ".join(f"{value} ({count:,})" for value, count in column.top[:6])
    return (*figures, bars(counts, words or view.say("{count} bins", count=len(counts))))


KINDS = (
    Kind("dst", mark("Dataset"), datasets.get, blocks=of_dataset, hidden=("terms", "contract"), listing=Listing(
        "datasets", mark("Datasets"),
        lambda call, cursor: datasets.list(call, DatasetsAsked(cursor=cursor)),
        ("id", "organisation", "classification", "versions", "at"),
    )),
    Kind("dsv", mark("Dataset version"), versions.get, blocks=of_version, hidden=("files",), listing=Listing(
        "versions", mark("Dataset versions"),
        lambda call, cursor: versions.list(call, VersionsAsked(cursor=cursor)),
        VERSION, main=False,
    )),
)  # fmt: skip
