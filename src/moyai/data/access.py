"""Access: whether a project may use a version for a purpose, by its terms and by those of all that it was made from."""

from collections.abc import Iterator

from moyai.data import datasets, rules, store, versions
from moyai.data.schema import AccessAsked, AccessVerdict, DatasetShown
from moyai.kernel.call import Call
from moyai.kernel.errors import NotAllowed
from moyai.people import projects

MOST = 10_000
"""Versions looked at on the way back to the origins."""


def check(call: Call, version: str, project: str, purpose: str) -> AccessVerdict:
    """May this project use this version for `purpose` today, and why. Raises NotFound (version or project)."""
    shown = projects.get(call, project)
    row, of = store.version_row(call.session, version)
    dataset, today = store.show_dataset(of), call.now.date()
    taking_part = (shown.organisation, *shown.members)
    found = [rules.refusal(origin, taking_part, purpose, today) for origin in _origins(call, row.id)]
    refusals = list(dict.fromkeys(filter(None, found)))
    if refusals and not call.may("dataset.read", datasets.thing(dataset)):
        raise store.no_version(version)
    return rules.verdict(row.id, refusals, dataset.terms, (shown.name, purpose))


def permit(call: Call, version: str, project: str, purpose: str) -> AccessVerdict:
    """As `check`, and go on only if it is allowed. Raises NotAllowed with the reasons."""
    verdict = check(call, version, project, purpose)
    if not verdict.allowed:
        raise NotAllowed(
            verdict.reason, fix="Ask the dataset's owner, or use other data.", where=verdict.version, purpose=purpose
        )
    return verdict


def asked(call: Call, version: str, question: AccessAsked) -> AccessVerdict:
    """`check`, as a person asks it. Raises NotFound also for a version that the person may not know of."""
    versions.found(call, version)
    return check(call, version, question.project, question.purpose)


def _origins(call: Call, version: str) -> Iterator[DatasetShown]:
    """The datasets of a version and of everything that it was made from, each version once."""
    waiting, seen = [version], {version}
    while waiting and len(seen) <= MOST:
        row, of = store.version_row(call.session, waiting.pop())
        yield store.show_dataset(of)
        waiting += [source for source in row.derived_from if source not in seen]
        seen.update(row.derived_from)
