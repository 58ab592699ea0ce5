"""Datasets: a name under which versions appear, who owns it and answers for it, its terms, layout and contract."""

from moyai.data import rules, store
from moyai.data.events import DatasetRegistered, DatasetRevised, TermsRevised
from moyai.data.schema import DatasetAsked, DatasetsAsked, DatasetShown, Revision
from moyai.data.tables import Dataset
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict, Invalid
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page
from moyai.people import organisations, persons


def register(call: Call, asked: DatasetAsked) -> DatasetShown:
    """Give a dataset a name. Raises NotAllowed, NotFound (organisation, owner), or Conflict when the name is taken."""
    organisation = asked.organisation or call.who.organisation
    owning = organisations.get(call, organisation).id if organisation else None
    call.require("dataset.register", Thing("dataset", organisation=owning))
    if store.dataset_named(call.session, asked.name):
        raise Conflict(f"There is a dataset {asked.name!r} already.", fix="Choose another name.", where="name")
    _check_layout(asked)
    row = Dataset(
        id=ids.new("dst"), name=asked.name, title=asked.title, organisation=owning,
        classification=asked.classification,
        owner=persons.get(call, asked.owner).id if asked.owner else call.who.person,
        terms=asked.terms.model_dump(mode="json"), terms_revision=1, layout=asked.layout.model_dump(mode="json"),
        contract=asked.contract.model_dump(mode="json") if asked.contract else None, versions=0, at=call.now,
    )  # fmt: skip
    store.add(call.session, row)
    call.announce(
        DatasetRegistered(
            about=row.id, name=row.name, organisation=owning, classification=asked.classification, owner=row.owner,
            terms=asked.terms,
        )
    )  # fmt: skip
    return store.show_dataset(row)


def get(call: Call, dataset: str) -> DatasetShown:
    """By id or name. Raises NotFound, also for one that the person may not know of."""
    shown = store.show_dataset(store.dataset_row(call.session, dataset))
    if not call.may("dataset.read", thing(shown)):
        raise store.no_dataset(dataset)
    return shown


def list(call: Call, asked: DatasetsAsked) -> Page[DatasetShown]:
    """The datasets that the person may see, newest first."""
    may_list(call)
    return store.datasets(call.session, asked, call.who)


def revise(call: Call, dataset: str, revision: Revision) -> DatasetShown:
    """Change terms, title, layout or contract from now on; what was judged and published stays as it is.

    Raises NotFound or NotAllowed. The terms before are in the journal.
    """
    known = get(call, dataset)
    call.require("dataset.revise", thing(known))
    row = store.dataset_row(call.session, known.id, lock=True)
    for part in ("layout", "contract", "terms"):
        given = getattr(revision, part)
        if given is not None:
            setattr(row, part, given.model_dump(mode="json"))
    row.title = revision.title or row.title
    shown = store.show_dataset(row)
    if shown.terms != known.terms:
        row.terms_revision += 1
        call.announce(TermsRevised(about=row.id, revision=row.terms_revision, terms=shown.terms))
    changed = tuple(part for part in ("title", "layout", "contract") if getattr(shown, part) != getattr(known, part))
    if changed:
        contract = rules.digest_of_shape(shown.contract) if shown.contract else ""
        call.announce(DatasetRevised(about=row.id, changed=changed, contract=contract))
    return store.show_dataset(row)


def thing(dataset: DatasetShown) -> Thing:
    """The dataset as policies see it."""
    attrs = {"classification": dataset.classification, "owner": dataset.owner}
    return Thing("dataset", dataset.id, organisation=dataset.organisation, attrs=attrs)


def may_list(call: Call) -> None:
    """Raises NotAllowed when the token may not even read what is open to all."""
    call.require("dataset.read", Thing("dataset", attrs={"classification": "open", "owner": ""}))


def _check_layout(asked: DatasetAsked) -> None:
    names = asked.layout.columns
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid(f"The column name {twice!r} comes twice.", fix="Names must differ.", where="layout.columns")
