"""Validation: whether a version is what its dataset's contract says. A version that cannot be read is rejected too."""

from moyai.data import datasets, profiles, rules, store, versions
from moyai.data.events import VersionPublished, VersionRejected, VersionValidated
from moyai.data.schema import Contract, DatasetShown, FindingShown, ProfileShown, ValidationShown, VersionShown
from moyai.kernel.call import Call
from moyai.kernel.errors import NotFound

INSPECTION = "data.inspection"


def of(call: Call, version: str) -> ValidationShown:
    """The newest verdict. Raises NotFound, also while there is none."""
    shown, _ = versions.found(call, version)
    verdict = store.verdict(call.session, shown.id)
    if verdict is None:
        raise NotFound(f"{shown.name} has not been judged yet.", fix="Ask again in a moment.", where=shown.id)
    return verdict


def again(call: Call, version: str) -> VersionShown:
    """Have a version read and judged anew, by the layout and contract of today. Raises NotFound or NotAllowed."""
    shown, dataset = versions.found(call, version)
    call.require("dataset.validate", datasets.thing(dataset))
    row, _ = store.version_row(call.session, shown.id, lock=True)
    row.state, row.reason = "published", ""
    call.later(INSPECTION, shown.id)
    return store.show_version(row, dataset.name)


def draft(call: Call, version: str) -> Contract:
    """A contract that this version keeps, for a person to loosen or tighten. Raises NotFound."""
    return rules.draft(profiles.of(call, version))


def ask(call: Call, published: VersionPublished) -> None:
    """Have a new version read and judged."""
    call.later(INSPECTION, published.about)


def task(call: Call, version: str) -> tuple[VersionShown, DatasetShown]:
    """What there is to be read: a version with its files, and the dataset it belongs to."""
    return versions.get(call, version), versions.found(call, version)[1]


def judge(call: Call, profile: ProfileShown) -> ValidationShown:
    """Keep a profile and the verdict on it; the version is validated or rejected from now on."""
    contract = versions.found(call, profile.version)[1].contract
    store.put_profile(call.session, profile)
    findings = rules.judge(contract, profile)
    rows = profile.rows if profile.tables else None
    return _conclude(call, (profile.version, rows), findings, contract)


def reject(call: Call, version: str, reason: str) -> ValidationShown:
    """The files cannot be read: the version is rejected, with the reason."""
    contract = versions.found(call, version)[1].contract
    return _conclude(call, (version, None), (FindingShown(column="", problem=reason),), contract)


def _conclude(
    call: Call, about: tuple[str, int | None], findings: tuple[FindingShown, ...], contract: Contract | None
) -> ValidationShown:
    version, rows = about
    passed = rules.passed(findings)
    verdict = ValidationShown(
        version=version, verdict="passed" if passed else "failed", findings=findings, contract=contract, at=call.now
    )
    store.put_verdict(call.session, verdict)
    row, dataset = store.version_row(call.session, version, lock=True)
    row.state, row.rows = ("validated" if passed else "rejected"), rows
    row.reason = rules.in_words(findings)
    if passed:
        call.announce(VersionValidated(about=version, dataset=dataset.id))
    else:
        call.announce(VersionRejected(about=version, dataset=dataset.id, reason=row.reason[:500]))
    return verdict
