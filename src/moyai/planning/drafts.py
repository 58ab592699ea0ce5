"""Drafts: plain questions about somebody's own table, and the pilot that their answers make. Nothing is kept."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import PurePosixPath

from pydantic import ValidationError

from moyai.data import profiles, versions
from moyai.data.schema import ColumnShown, DatasetShown, ProfileShown
from moyai.kernel.call import Call
from moyai.kernel.errors import Invalid
from moyai.kernel.policy import Thing
from moyai.planning import form
from moyai.planning.form import Answers, Seen
from moyai.planning.schema.records import DraftAsked, Drafted, DraftQuestion

PILOT = timedelta(days=90)
MANY = 40
"""So many columns are still named in a question."""
CASTING = tuple(role for role, _, _ in form.CAST)
IMPACT = tuple(key for key, _, _ in form.IMPACT)


def questions(call: Call, version: str) -> tuple[DraftQuestion, ...]:
    """What to ask before a pilot for this version is drafted, in order, each with what is proposed.

    Raises NotFound (no such version, or not profiled yet) or NotAllowed.
    """
    profile, dataset = looked_at(call, version)
    return tuple(proposals(profile, dataset, call.now.date(), ""))


def draft(call: Call, asked: DraftAsked) -> Drafted:
    """The text of a valid pilot for a version that was profiled; what was not answered is as `questions` proposes.

    Raises Invalid naming the answer that does not fit, NotFound or NotAllowed.
    """
    profile, dataset = looked_at(call, asked.version)
    target = asked.answers.get("target", "").strip()
    known = {one.key: one.proposed for one in proposals(profile, dataset, call.now.date(), target)}
    strange = asked.answers.keys() - known.keys()
    if strange:
        fix = f"The questions are {', '.join(known)}."
        raise Invalid(f"Nobody asked for {', '.join(sorted(strange))}.", fix=fix, where=min(strange))
    given = known | {key: answer.strip() for key, answer in asked.answers.items() if answer.strip()}
    return Drafted(text=form.fill(answered(given, asked.file, profile, dataset)))


def looked_at(call: Call, version: str) -> tuple[ProfileShown, DatasetShown]:
    _, dataset = versions.found(call, version)
    call.require("pilot.draft", Thing("pilot"))
    return profiles.of(call, version), dataset


def proposals(profile: ProfileShown, dataset: DatasetShown, today: date, named: str) -> Iterator[DraftQuestion]:
    """The questions; a table with a column of few values gets a target proposed, unless one is `named`."""
    names = ", ".join(column.name for column in profile.columns[:MANY])
    target = next((column for column in profile.columns if column.name == named), likely(profile))
    rare = min(target.top, key=lambda found: (found[1], found[0]), default=("1", 0))[0] if target else ""
    ask = DraftQuestion
    title = dataset.name.removeprefix("draft-")
    yield ask(key="name", ask="Short name of the pilot (small letters, digits, hyphens)", proposed=title)
    yield ask(key="target", ask=f"Which column is to be predicted? ({names})", proposed=target.name if target else "")
    yield ask(key="positive", ask="Which of its values counts as found?", proposed=rare)
    yield ask(
        key="drop",
        ask="Columns that give the answer away or come too late, with commas",
        proposed=unfit(profile, target),
    )
    yield ask(key="question", ask="What is to be found out, in a sentence?", proposed="as drafted")
    yield ask(key="licence", ask="Licence or agreement of the data", proposed=dataset.terms.licence or "internal use")
    yield ask(key="purpose", ask="What may it be used for?", proposed="production")
    yield ask(key="organisation", ask="Short name of the organisation that lends the computer", proposed="plant")
    yield ask(key="country", ask="Its country (two letters)", proposed="JP")
    yield ask(key="currency", ask="Its currency (three letters)", proposed="JPY")
    yield ask(key="price_core_hour", ask="What does an hour of one core cost there? Owned is not free", proposed="3")
    for role in CASTING:
        yield ask(key=role, ask=f"Who is the {role.replace('_', ' ')}?", proposed=persona(role))
    yield ask(key="approver", ask="Who approves? Never the one who trains", proposed="Second leader")
    for key, question, answer in form.IMPACT:
        yield ask(key=key, ask=question, proposed=answer)
    yield ask(key="at_least", ask="Which ROC AUC must it reach (indicator and gate)?", proposed="0.7")
    yield ask(key="start", ask="First day of the pilot", proposed=today.isoformat())
    yield ask(key="end", ask="Last day of the pilot", proposed=(today + PILOT).isoformat())


def persona(role: str) -> str:
    return next(name for known, name, _ in form.CAST if known == role)


def unfit(profile: ProfileShown, target: ColumnShown | None) -> str:
    """The columns that no model here can learn from, for they are not numbers; "none" when there are none."""
    kept = ("integer", "number", "boolean")
    return (
        ", ".join(column.name for column in profile.columns if column.type not in kept and column != target) or "none"
    )


def likely(profile: ProfileShown) -> ColumnShown | None:
    """The column that a person would want predicted: the last one with a few different values."""
    few = [column for column in profile.columns if 2 <= column.distinct <= form.FEW]
    return few[-1] if few else None


def answered(given: dict[str, str], file: str, profile: ProfileShown, dataset: DatasetShown) -> Answers:
    """Answers as the form wants them. Raises Invalid naming the answer that is not what was asked for."""
    plain = {key: answer for key, answer in given.items() if key not in (*CASTING, *IMPACT, "drop", "question")}
    dropped = [part.strip() for part in given["drop"].split(",")] if given["drop"] != "none" else []
    facts = {
        **plain,
        "file": PurePosixPath(file).as_posix(),
        "question": "" if given["question"] == "as drafted" else given["question"],
        "drop": [name for name in dropped if name],
        "impact": {key: given[key] for key in IMPACT},
        "people": {role: given[role] for role in CASTING},
        "rows": profile.rows,
        "columns": [seen(column, profile.rows) for column in profile.columns],
        "header": dataset.layout.header,
        "delimiter": dataset.layout.delimiter,
    }
    try:
        return Answers.model_validate(facts)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Invalid(f"{first['msg']}, not {first['input']!r}.", fix="Answer it again.", where=where) from error


def seen(column: ColumnShown, rows: int) -> Seen:
    numbers = column.type in ("integer", "number")
    return Seen.model_validate(
        {
            "name": column.name,
            "type": column.type,
            "nulls": column.nulls / rows if rows else 0,
            "minimum": column.minimum if numbers else None,
            "maximum": column.maximum if numbers else None,
            "values": [value for value, _ in column.top] if 0 < column.distinct <= len(column.top) else [],
        }
    )
