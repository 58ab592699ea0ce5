"""Shapes of the data room that travel: datasets and their terms, versions, profiles, verdicts, access."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from moyai.kernel.shapes import PageAsked, Shape

Classification = Literal["open", "members", "restricted"]
"""Who may see it: everybody known here; every member of the consortium; the owning organisation alone."""
Scalar = bool | int | float | str
DIGEST = r"^sha256:[0-9a-f]{64}$"


class BlobShown(Shape):
    """Bytes that the store holds now."""

    digest: str = Field(description="`sha256:<64 hex>` of the bytes.")
    bytes: int


class Terms(Shape):
    """What the data may be used for, by agreement of those who own it."""

    licence: str = Field(default="", max_length=200, description="SPDX name where there is one, else in words.")
    citation: str = Field(default="", max_length=4000, description="How a user has to name the origin.")
    purposes: tuple[str, ...] = Field(
        default=(), max_length=50, description="Uses that are allowed, e.g. research, training, production; empty: any."
    )
    until: date | None = Field(default=None, description="Last day of use; absent: no end.")
    note: str = Field(default="", max_length=4000, description="Further conditions, in words.")


class Layout(Shape):
    """How the files are to be read, where they do not say it themselves."""

    format: Literal["", "csv", "parquet"] = Field(default="", description="Empty: by the name's ending.")
    header: bool = Field(default=True, description="Whether the first line names the columns.")
    columns: tuple[str, ...] = Field(default=(), max_length=5000, description="Names for a file without a header.")
    delimiter: str = Field(default="", max_length=1, description="One character; empty: found from the content.")


class ColumnRule(Shape):
    """What one column has to be."""

    name: str = Field(min_length=1, max_length=300)
    type: Literal["", "integer", "number", "boolean", "timestamp", "text"] = Field(
        default="", description="What its values are; empty: anything. An integer column is also a number."
    )
    nulls_max: float = Field(default=0.0, ge=0, le=1, description="Largest allowed share of empty cells.")
    minimum: float | None = Field(default=None, description="Smallest allowed value.")
    maximum: float | None = Field(default=None, description="Largest allowed value.")
    one_of: tuple[Scalar, ...] = Field(default=(), max_length=1000, description="The only values allowed; empty: any.")


class Contract(Shape):
    """What every version of a dataset has to be."""

    rows_min: int = Field(default=1, ge=0, description="Fewest rows.")
    rows_max: int | None = Field(default=None, ge=0, description="Most rows; absent: no limit.")
    duplicates_max: int | None = Field(default=None, ge=0, description="Most repeated rows; absent: no limit.")
    columns: tuple[ColumnRule, ...] = Field(default=(), max_length=5000, description="Rules, column by column.")


class DatasetAsked(Shape):
    """A dataset to be registered."""

    name: str = Field(
        max_length=100, pattern=r"^[a-z0-9][a-z0-9._-]*$", description="Short name, unique in the consortium."
    )
    title: str = Field(min_length=1, max_length=300)
    organisation: str | None = Field(default=None, description="Who owns it; absent: the asking person's organisation.")
    classification: Classification = "members"
    owner: str | None = Field(default=None, description="Person who answers for it; absent: the one who registers it.")
    terms: Terms = Terms()
    layout: Layout = Layout()
    contract: Contract | None = Field(default=None, description="Absent: only readability is checked.")


class Revision(Shape):
    """What changes in a dataset from now on; what is absent stays. Versions that exist are not judged again by it."""

    title: str | None = Field(default=None, min_length=1, max_length=300)
    terms: Terms | None = None
    layout: Layout | None = None
    contract: Contract | None = None


class DatasetShown(Shape):
    id: str
    name: str
    title: str
    organisation: str | None
    classification: Classification
    owner: str
    terms: Terms
    terms_revision: int = Field(description="1 for the terms of registration; counted up with each change.")
    layout: Layout
    contract: Contract | None
    versions: int = Field(description="How many versions there are.")
    at: datetime


class DatasetsAsked(PageAsked):
    organisation: str | None = None
    classification: Classification | None = None


class FileAsked(Shape):
    """One file of a version to be published: a name, and bytes that the store holds."""

    name: str = Field(max_length=1000)
    digest: str = Field(pattern=DIGEST)
    bytes: int | None = Field(default=None, ge=0, description="Checked when given.")


class VersionAsked(Shape):
    """A version to be published."""

    dataset: str = Field(description="Id or name of the dataset.")
    files: tuple[FileAsked, ...] = Field(min_length=1, max_length=20_000)
    derived_from: tuple[str, ...] = Field(default=(), max_length=100, description="Versions that it was made from.")
    note: str = Field(default="", max_length=4000)


class FileShown(Shape):
    name: str
    digest: str
    bytes: int


class VersionShown(Shape):
    id: str
    dataset: str
    name: str = Field(description="`<dataset name>@<number>`; understood wherever a version is asked for.")
    number: int
    digest: str = Field(description="Digest of the manifest: the identity of the content.")
    files: tuple[FileShown, ...] = Field(description="In order of name; left out (empty) in lists.")
    file_count: int
    bytes: int
    rows: int | None = Field(description="Absent until it was profiled, and for what is not a table.")
    state: Literal["published", "validated", "rejected"]
    reason: str = Field(description="Why it was rejected, in words.")
    derived_from: tuple[str, ...]
    note: str
    published_by: str
    at: datetime


class VersionsAsked(PageAsked):
    dataset: str | None = Field(default=None, description="Id or name; absent: of every dataset the person may see.")
    state: Literal["published", "validated", "rejected"] | None = None


class ColumnShown(Shape):
    """What one column contains, read from the content. Figures are absent where they have no meaning."""

    name: str
    type: str
    nulls: int
    distinct: int
    minimum: float | str | None = None
    maximum: float | str | None = None
    mean: float | None = None
    deviation: float | None = None
    quantiles: tuple[float, ...] = Field(default=(), description="At 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99.")
    histogram: tuple[tuple[float, float, int], ...] = Field(default=(), description="(from, to, count).")
    top: tuple[tuple[str, int], ...] = Field(default=(), description="The most frequent values of few.")


class ProfileShown(Shape):
    """What a version contains, as its files say."""

    version: str
    rows: int
    duplicate_rows: int
    columns: tuple[ColumnShown, ...]
    notes: tuple[str, ...] = Field(description="What a person should know before using it.")
    tables: tuple[str, ...] = Field(description="The files that were read as one table; empty: none of them is one.")
    at: datetime


class FindingShown(Shape):
    """One way in which the content differs from the contract."""

    column: str = Field(description="Empty: the table as a whole.")
    problem: str
    severity: Literal["error", "warning"] = "error"


class ValidationShown(Shape):
    version: str
    verdict: Literal["passed", "failed"]
    findings: tuple[FindingShown, ...]
    contract: Contract | None = Field(description="What it was judged against; absent: nothing was declared.")
    at: datetime


class RowsAsked(Shape):
    limit: int = Field(default=10, ge=1, le=100)


class RowsShown(Shape):
    """The first rows of a version, for a person to look at."""

    version: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar | None, ...], ...]


class AccessAsked(Shape):
    project: str
    purpose: str = Field(min_length=1, max_length=100)


class AccessVerdict(Shape):
    """Whether a project may use a version for a purpose, and why."""

    version: str
    allowed: bool
    reason: str
    terms: Terms


class Examined(Shape):
    """A version with what was found in it; profile and verdict are absent while it is being read."""

    version: VersionShown
    profile: ProfileShown | None
    validation: ValidationShown | None
