"""Versions: what a dataset contained, never changed, identified by the digest of its manifest."""

from collections.abc import Sequence

from moyai.data import blobs, datasets, rules, store
from moyai.data.events import VersionPublished
from moyai.data.schema import DatasetShown, FileAsked, FileShown, VersionAsked, VersionsAsked, VersionShown
from moyai.data.tables import Dataset, Version
from moyai.governance import provenance
from moyai.governance.schema import Link
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict, Invalid, NotFound
from moyai.kernel.shapes import Page


def publish(call: Call, asked: VersionAsked) -> VersionShown:
    """Publish files as the next version; the same content in the same dataset gives the version that is there.

    Its content is profiled and judged afterwards. Raises NotFound (dataset, source, or bytes that the person has not
    sent and may not read), NotAllowed, Invalid (a name or a size), or Conflict when it would open up what it was made
    from.
    """
    row = store.dataset_row(call.session, asked.dataset, lock=True)
    dataset = store.show_dataset(row)
    if not call.may("dataset.read", datasets.thing(dataset)):
        raise store.no_dataset(asked.dataset)
    call.require("dataset.publish", datasets.thing(dataset))
    rules.check_names(file.name for file in asked.files)
    files = _measured(call, asked.files)
    sources = _sources(call, asked.derived_from, dataset)
    same = store.version_of_content(call.session, row.id, rules.identity(files))
    if same is not None:
        return store.show_version(same, row.name, files)
    return _publish(call, row, files, (sources, asked.note))


def _publish(call: Call, row: Dataset, files: Sequence[FileShown], origin: tuple[tuple[str, ...], str]) -> VersionShown:
    sources, note = origin
    row.versions += 1
    version = Version(
        id=ids.new("dsv"), dataset=row.id, number=row.versions, digest=rules.identity(files),
        file_count=len(files), bytes=sum(file.bytes for file in files), rows=None, state="published", reason="",
        derived_from=[*sources], note=note, published_by=call.who.person, at=call.now,
    )  # fmt: skip
    store.add(call.session, version)
    store.add_files(call.session, version.id, files)
    links = (Link(source=version.id, relation="derived_from", target=source) for source in sources)
    provenance.link(call, *links)
    call.announce(
        VersionPublished(
            about=version.id, dataset=row.id, number=version.number, digest=version.digest, derived_from=sources
        )
    )
    return store.show_version(version, row.name, tuple(files))


def get(call: Call, version: str) -> VersionShown:
    """By id, `<dataset>@<number>`, or a dataset's name (its newest). Raises NotFound."""
    shown, _ = found(call, version)
    return shown.model_copy(update={"files": store.files(call.session, shown.id)})


def list(call: Call, asked: VersionsAsked) -> Page[VersionShown]:
    """Versions of the datasets that the person may see, newest first; without their files."""
    datasets.may_list(call)
    dataset = datasets.get(call, asked.dataset).id if asked.dataset else None
    return store.versions(call.session, asked, call.who, dataset)


def files(call: Call, version: str) -> tuple[FileShown, ...]:
    """What a version consists of, in order of name. Raises NotFound."""
    return store.files(call.session, found(call, version)[0].id)


def file(call: Call, version: str, name: str) -> FileShown:
    """One file whose bytes the person may have. Raises NotFound or NotAllowed."""
    shown, dataset = found(call, version)
    call.require("dataset.download", datasets.thing(dataset))
    return store.file(call.session, shown.id, name)


def found(call: Call, version: str) -> tuple[VersionShown, DatasetShown]:
    """A version (without files) with its dataset. Raises NotFound, also for one that the person may not know of."""
    row, of = store.version_row(call.session, version)
    dataset = store.show_dataset(of)
    if not call.may("dataset.read", datasets.thing(dataset)):
        raise store.no_version(version)
    return store.show_version(row, of.name), dataset


def _sources(call: Call, refs: Sequence[str], target: DatasetShown) -> tuple[str, ...]:
    pairs = [found(call, ref) for ref in refs]
    if refusal := rules.opened_up(target, (dataset for _, dataset in pairs)):
        raise Conflict(f"{refusal}.", fix="Publish it in a dataset that is as protected.", where="derived_from")
    return tuple(sorted({version.id for version, _ in pairs}))


def _measured(call: Call, asked: Sequence[FileAsked]) -> tuple[FileShown, ...]:
    """The files with their size, in order of name. Only who has bytes, or may read them, publishes them."""
    known = _sizes(call, asked)
    listed: dict[str, FileShown] = {}
    for file in asked:
        size = known.get(file.digest)
        if size is None:
            raise NotFound(
                f"The bytes of {file.name!r} ({file.digest}) are not here.", fix="Send them first.", where="files"
            )
        if file.bytes is not None and file.bytes != size:
            raise Invalid(f"{file.name!r} has {size:,} bytes, not {file.bytes:,}.", where="files")
        listed[file.name] = FileShown(name=file.name, digest=file.digest, bytes=size)
    return tuple(listed[name] for name in sorted(listed))


def _sizes(call: Call, asked: Sequence[FileAsked]) -> dict[str, int]:
    digests = {file.digest for file in asked}
    if call.who.is_moyai:
        given = {file.digest: file.bytes for file in asked if blobs.holds(call, file.digest)}
        return {digest: _size(call, digest, size) for digest, size in given.items()}
    mine = store.sent_by(call.session, call.who.person, digests)
    return mine | store.readable(call.session, call.who, digests - mine.keys())


def _size(call: Call, digest: str, given: int | None) -> int:
    return given if given is not None else sum(len(piece) for piece in blobs.open(call, digest))
