"""Every query of the data room."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Select, and_, exists, or_, select, true
from sqlalchemy.orm import Session

from moyai.data.schema import (
    DatasetsAsked,
    DatasetShown,
    FileShown,
    ProfileShown,
    ValidationShown,
    VersionsAsked,
    VersionShown,
)
from moyai.data.tables import Dataset, File, Profile, Upload, Validation, Version
from moyai.kernel import ids
from moyai.kernel.errors import NotFound
from moyai.kernel.listing import page
from moyai.kernel.policy import Who
from moyai.kernel.shapes import Page


def add(session: Session, *rows: Dataset | Version | File | Profile | Upload | Validation) -> None:
    session.add_all(rows)
    session.flush()


# Datasets


def dataset_named(session: Session, name: str) -> bool:
    return session.execute(select(Dataset.id).where(Dataset.name == name)).scalar() is not None


def dataset_row(session: Session, ref: str, lock: bool = False) -> Dataset:
    """By id or name; with `lock`, nobody else publishes in it until this transaction ends."""
    query = select(Dataset).where((Dataset.id if ids.kind_of(ref) == "dst" else Dataset.name) == ref)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.execute(query).scalar()
    if row is None:
        raise no_dataset(ref)
    return row


def no_dataset(ref: str) -> NotFound:
    return NotFound(f"No dataset {ref!r}.", fix="See `moyai data list`.", where="dataset")


def visible(who: Who) -> Any:
    """Which datasets this person may read: the list's side of `policy.cedar`, held equal to it by a test."""
    everywhere = any(held.organisation is None and held.project is None for held in who.roles)
    if who.is_moyai or everywhere:
        return true()
    own = [held.organisation for held in who.roles if held.organisation is not None and held.project is None]
    member = bool(who.roles or who.organisation)
    return or_(
        Dataset.classification.in_(["open", "members"] if member else ["open"]),
        Dataset.owner == who.person,
        Dataset.organisation.in_(own),
    )


def datasets(session: Session, asked: DatasetsAsked, who: Who) -> Page[DatasetShown]:
    query = select(Dataset).where(visible(who))
    if asked.organisation:
        query = query.where(Dataset.organisation == asked.organisation)
    if asked.classification:
        query = query.where(Dataset.classification == asked.classification)
    return page(session, query, Dataset.id, asked, show_dataset)


def show_dataset(row: Dataset) -> DatasetShown:
    return DatasetShown.model_validate(
        {
            "id": row.id, "name": row.name, "title": row.title, "organisation": row.organisation,
            "classification": row.classification, "owner": row.owner, "terms": row.terms,
            "terms_revision": row.terms_revision, "layout": row.layout, "contract": row.contract,
            "versions": row.versions, "at": row.at,
        }
    )  # fmt: skip


# Versions


def version_row(session: Session, ref: str, lock: bool = False) -> tuple[Version, Dataset]:
    """By id, by `<dataset>@<number>`, or the newest of a dataset by its name. Raises NotFound."""
    query = select(Version, Dataset).join(Dataset, Dataset.id == Version.dataset)
    name, at, number = ref.partition("@")
    if ids.kind_of(ref) == "dsv":
        query = query.where(Version.id == ref)
    else:
        query = query.where((Dataset.id if ids.kind_of(name) == "dst" else Dataset.name) == name)
        if at:
            query = query.where(Version.number == (int(number) if number.isdecimal() and len(number) < 9 else -1))
    query = query.order_by(Version.number.desc()).limit(1)
    found = session.execute(query.with_for_update(of=Version) if lock else query).first()
    if found is None:
        raise no_version(ref)
    return found[0], found[1]


def no_version(ref: str) -> NotFound:
    return NotFound(f"No version {ref!r}.", fix="See `moyai data versions`.", where="version")


def version_of_content(session: Session, dataset: str, digest: str) -> Version | None:
    return session.execute(select(Version).where(Version.dataset == dataset, Version.digest == digest)).scalar()


def versions(session: Session, asked: VersionsAsked, who: Who, dataset: str | None) -> Page[VersionShown]:
    query = select(Version).join(Dataset, Dataset.id == Version.dataset).where(visible(who))
    if dataset:
        query = query.where(Version.dataset == dataset)
    if asked.state:
        query = query.where(Version.state == asked.state)
    return page(session, query, Version.id, asked, lambda row: show_version(row, _name_of(session, row.dataset)))


def _name_of(session: Session, dataset: str) -> str:
    return session.get_one(Dataset, dataset).name


def files(session: Session, version: str) -> tuple[FileShown, ...]:
    query = select(File).where(File.version == version)
    shown = (FileShown(name=row.name, digest=row.digest, bytes=row.bytes) for row in session.execute(query).scalars())
    return tuple(sorted(shown, key=lambda file: file.name))


def file(session: Session, version: str, name: str) -> FileShown:
    row = session.get(File, (version, name))
    if row is None:
        raise NotFound(f"No file {name!r} in this version.", fix="See `moyai data get`.", where="file")
    return FileShown(name=row.name, digest=row.digest, bytes=row.bytes)


def show_version(row: Version, dataset_name: str, listed: tuple[FileShown, ...] = ()) -> VersionShown:
    return VersionShown.model_validate(
        {
            "id": row.id, "dataset": row.dataset, "name": f"{dataset_name}@{row.number}", "number": row.number,
            "digest": row.digest, "files": listed, "file_count": row.file_count, "bytes": row.bytes,
            "rows": row.rows, "state": row.state, "reason": row.reason, "derived_from": row.derived_from,
            "note": row.note, "published_by": row.published_by, "at": row.at,
        }
    )  # fmt: skip


# Who holds which bytes


def upload(session: Session, digest: str, person: str) -> Upload | None:
    return session.get(Upload, (digest, person))


def sent_by(session: Session, person: str, digests: Collection[str]) -> dict[str, int]:
    """Of `digests`, those that this person sent, with their size."""
    query = select(Upload.digest, Upload.bytes).where(Upload.person == person)
    return _by_digest(session, query, Upload.digest, digests)


def readable(session: Session, who: Who, digests: Collection[str]) -> dict[str, int]:
    """Of `digests`, those that lie in some version that this person may read, with their size."""
    seen = exists().where(and_(Version.id == File.version, Dataset.id == Version.dataset, visible(who)))
    return _by_digest(session, select(File.digest, File.bytes).where(seen), File.digest, digests)


def _by_digest(session: Session, query: Select[Any], column: Any, digests: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    listed = sorted(digests)
    for start in range(0, len(listed), 500):
        found.update(session.execute(query.where(column.in_(listed[start : start + 500]))).tuples().all())
    return found


# Profiles and verdicts


def profile(session: Session, version: str) -> ProfileShown | None:
    row = session.get(Profile, version)
    if row is None:
        return None
    return ProfileShown.model_validate(
        {
            "version": row.version, "rows": row.rows, "duplicate_rows": row.duplicate_rows, "columns": row.columns,
            "notes": row.notes, "tables": row.tables, "at": row.at,
        }
    )  # fmt: skip


def put_profile(session: Session, profile: ProfileShown) -> None:
    """Keep the profile in place of an earlier one of the same version."""
    values = profile.model_dump(mode="json", exclude={"at"})
    session.merge(Profile(**values, at=profile.at))
    session.flush()


def verdict(session: Session, version: str) -> ValidationShown | None:
    """The newest verdict on a version."""
    query = select(Validation).where(Validation.version == version).order_by(Validation.id.desc()).limit(1)
    row = session.execute(query).scalar()
    if row is None:
        return None
    return ValidationShown.model_validate(
        {
            "version": row.version,
            "verdict": row.verdict,
            "findings": row.findings,
            "contract": row.contract,
            "at": row.at,
        }
    )


def put_verdict(session: Session, shown: ValidationShown) -> None:
    values = shown.model_dump(mode="json", exclude={"at"})
    add(session, Validation(id=ids.new("val"), **values, at=shown.at))


def add_files(session: Session, version: str, listed: Iterable[FileShown]) -> None:
    add(session, *(File(version=version, name=file.name, digest=file.digest, bytes=file.bytes) for file in listed))
