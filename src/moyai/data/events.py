"""What the data room announces."""

from moyai.data.schema import Classification, Terms
from moyai.kernel.journal import Event


class DatasetRegistered(Event):
    """A dataset has a name, an owner and terms."""

    name: str
    organisation: str | None
    classification: Classification
    owner: str
    terms: Terms


class TermsRevised(Event):
    """The terms of use of a dataset changed; these hold from now on."""

    revision: int
    terms: Terms


class DatasetRevised(Event):
    """Title, layout or contract of a dataset changed; they hold for what is judged from now on."""

    changed: tuple[str, ...]
    contract: str
    """Digest of the contract that is in force now; empty without one."""


class VersionPublished(Event):
    """A dataset has a further version. Its content is not judged yet."""

    dataset: str
    number: int
    digest: str
    derived_from: tuple[str, ...] = ()


class VersionValidated(Event):
    """A version is what its contract says."""

    dataset: str


class VersionRejected(Event):
    """A version cannot be read, or is not what its contract says."""

    dataset: str
    reason: str
