"""Pure decisions of models: when two trainings are the same, what a gate checks, when drift begins. No I/O."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from moyai.kernel.errors import Conflict, Invalid
from moyai.models.schema import Answer, CheckShown, GateShown, Metric, MetricPair, Threshold, Verdict

CARD = ("intended_use", "not_for", "limitations", "trained_on", "metrics")
"""What a complete model card says: three in a person's words, two as the run recorded them."""

QUESTIONS = {
    "use": "What is the model used for, and who is affected by what it says?",
    "harm": "What happens when it is wrong?",
    "control": "Who has the final word, and how is the model stopped?",
    "data": "Does the data describe persons, or carry terms that forbid this use?",
}
"""The purpose-and-impact questionnaire; an answer names its question by key or text."""

PRODUCTION = "production"
"""The purpose of every endpoint."""
APPROVERS = ("leader", "executive", "coordinator", "steward")
"""Roles in which somebody may be asked to approve a gate."""

_METRICS = TypeAdapter(dict[str, Metric])
_ENTRY = TypeAdapter(dict[str, Any])


# -- trainings


def fingerprint(parts: Mapping[str, Any]) -> str:
    """One name for everything that determines a training: data, code, parameters, seed."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def metrics(found: object) -> dict[str, Metric]:
    """Figures as a program wrote them: numbers, or {value, low, high}. Raises Invalid naming the wrong one."""
    try:
        return _METRICS.validate_python({} if found is None else found)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            f"A metric is a number, or {{value, low, high}}: {first['msg']}.",
            where=f"result.json, {where or 'metrics'}",
        ) from wrong


def last_figures(lines: Iterable[str]) -> dict[str, float]:
    """The last value of each name in `metrics.jsonl`; lines that are not objects are passed over."""
    last: dict[str, float] = {}
    for line in lines:
        try:
            entry: dict[str, Any] = _ENTRY.validate_json(line)
        except ValidationError:
            continue
        last |= {name: value for name, value in entry.items() if name != "step" and type(value) in (int, float)}
    return last


def names_in(signature: Mapping[str, Any], key: str) -> list[str]:
    """`features` or `classes` of a model's signature: a list, or one written as JSON in its metadata."""
    metadata: dict[str, Any] = signature.get("metadata") or {}
    found: Any = signature.get(key) or metadata.get(key) or []
    if isinstance(found, str):
        found = json.loads(found)
    return [str(name) for name in found]


def pairs(first: Mapping[str, Metric], second: Mapping[str, Metric]) -> tuple[MetricPair, ...]:
    """Every figure of both; equal only to the last bit, its interval included."""
    return tuple(
        MetricPair(
            name=name,
            first=first[name].value if name in first else None,
            second=second[name].value if name in second else None,
            equal=first.get(name) == second.get(name),
        )
        for name in sorted({*first, *second})
    )


def compared(pairs: Sequence[MetricPair]) -> str:
    """What the comparison says, in a sentence."""
    differ = [f"{pair.name} ({pair.first} and {pair.second})" for pair in pairs if not pair.equal]
    if not pairs:
        return "Neither run reports a metric: nothing was compared."
    if not differ:
        return f"All {len(pairs)} metrics are equal."
    return f"{len(differ)} of {len(pairs)} metrics differ: {', '.join(differ)}."


# -- gates


def thresholds(asked: Iterable[Threshold], found: Mapping[str, Metric], run: str) -> list[CheckShown]:
    """Absolute thresholds, asked of the unfavourable end of the metric's interval."""
    checks: list[CheckShown] = []
    for one in asked:
        if one.at_least is None and one.at_most is None and one.improvement_over_baseline is None:
            raise Invalid("A threshold says at_least, at_most or improvement_over_baseline.", where=one.metric)
        if one.at_least is not None or one.at_most is not None:
            checks.append(_threshold(one, found.get(one.metric), run))
    return checks


def _threshold(asked: Threshold, found: Metric | None, run: str) -> CheckShown:
    name = f"{asked.metric} threshold"
    if found is None:
        return CheckShown(name=name, passed=False, detail=f"The run reports no {asked.metric}.", ref=run)
    low, high = _ends(found)
    least = asked.at_least is None or low >= asked.at_least
    most = asked.at_most is None or high <= asked.at_most
    wanted = [f"at least {asked.at_least:g}"] if asked.at_least is not None else []
    wanted += [f"at most {asked.at_most:g}"] if asked.at_most is not None else []
    said = "as required" if least and most else "but required"
    detail = f"{asked.metric} is {_spelled(found)}, {said}: {' and '.join(wanted)} over the whole interval."
    return CheckShown(name=name, passed=least and most, detail=detail, ref=run)


def improvements(
    asked: Iterable[Threshold], difference: Mapping[str, Metric], compared: str | None, baseline: str | None
) -> list[CheckShown]:
    """Differences to the baseline on the same rows: the low end of the paired-bootstrap interval lies above."""
    checks: list[CheckShown] = []
    for one in (one for one in asked if one.improvement_over_baseline is not None):
        least, found = one.improvement_over_baseline or 0.0, difference.get(one.metric)
        if baseline is None or compared != baseline:
            passed, detail = False, f"The run was not compared with the baseline {baseline or '(none named)'}."
        elif found is None:
            passed, detail = False, f"The comparison with the baseline has no {one.metric}."
        else:
            passed = _ends(found)[0] > least
            said = "as required" if passed else "but required"
            detail = f"{one.metric} differs from the baseline by {_spelled(found)}, {said}: more than {least:g}."
        checks.append(
            CheckShown(name=f"{one.metric} improvement over baseline", passed=passed, detail=detail, ref=baseline)
        )
    return checks


def card(found: Mapping[str, Any], version: str) -> CheckShown:
    missing = [key for key in CARD if not str(found.get(key) or "").strip()]
    detail = f"The model card lacks: {', '.join(missing)}." if missing else "The model card is complete."
    return CheckShown(name="model card", passed=not missing, detail=detail, ref=version)


def questionnaire(answers: Iterable[Answer]) -> CheckShown:
    """Every question answered: those that every gate asks, and whatever else was asked."""
    given = {one.question.strip(): bool(one.answer.strip()) for one in answers}
    open_ = [text for key, text in QUESTIONS.items() if not (given.get(key) or given.get(text))]
    open_ += [text for text, answered in given.items() if not answered and text not in (*QUESTIONS, *open_)]
    detail = f"Not answered: {' '.join(open_)}" if open_ else f"All {len(given)} questions are answered."
    return CheckShown(name="purpose and impact", passed=not open_, detail=detail)


def reviewer(person: str | None, name: str, involved: Collection[str]) -> CheckShown:
    """The answers were read by somebody who neither trained the model nor asks for the gate."""
    if person is None:
        passed, detail = False, "No reviewer of the questionnaire is named."
    elif person in involved:
        passed, detail = False, f"The reviewer {name} trained the model or asks for the gate: name somebody else."
    else:
        passed, detail = True, f"Reviewed by {name}, who neither trained the model nor asks for the gate."
    return CheckShown(name="independent reviewer", passed=passed, detail=detail, ref=person)


def verdict(checks: Iterable[CheckShown]) -> Verdict:
    """Failed by one failed check; passed by all; waiting while one has no answer."""
    answers = [check.passed for check in checks]
    if False in answers:
        return "failed"
    return "waiting" if None in answers else "passed"


def _ends(metric: Metric) -> tuple[float, float]:
    return (
        metric.value if metric.low is None else metric.low,
        metric.value if metric.high is None else metric.high,
    )


def _spelled(metric: Metric) -> str:
    if metric.low is None or metric.high is None:
        return f"{metric.value:.4f} (no interval)"
    return f"{metric.value:.4f} ({metric.low:.4f} to {metric.high:.4f})"


# -- endpoints and decisions


def may_open(model_version: str, gate: GateShown) -> None:
    """Only a gate that passed opens an endpoint: this very version, and for production. Raises Conflict."""
    told = f"The gate {gate.id}"
    if gate.verdict != "passed":
        raise Conflict(f"{told} has not passed: {gate.verdict}.", fix="See `moyai models gate`.", where=gate.id)
    if gate.model_version != model_version:
        raise Conflict(
            f"{told} passed another version, {gate.model_version}.", fix="Evaluate a gate for this one.", where=gate.id
        )
    if gate.purpose != PRODUCTION:
        raise Conflict(
            f"{told} was passed for {gate.purpose}, and an endpoint is {PRODUCTION}.",
            fix=f"Evaluate a gate for {PRODUCTION}: other terms of the data may hold there.",
            where=gate.id,
        )


def may_approve(role: str) -> None:
    """A gate is judged in a role that answers for the work, not in one that does it. Raises Invalid."""
    if role not in APPROVERS:
        raise Invalid(
            f"A {role} does not decide on a gate.", fix=f"Name one of: {', '.join(APPROVERS)}.", where="approver.role"
        )


def reasoned(verdict: str, reason: str) -> None:
    """Who overrides says why. Raises Invalid."""
    if verdict == "overridden" and len(reason.strip()) < 3:
        raise Invalid("An override needs a reason.", fix="Say in a few words why the model is wrong.", where="reason")


# -- drift


def onset(alarm: bool, before: bool) -> bool:
    """Whether this window begins a drift: an alarm after a quiet window, or in the first one."""
    return alarm and not before


def most_often(changed: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Columns by how many windows they changed in, the most first."""
    counted = Counter(name for names in changed for name in names)
    return tuple(name for name, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def columns(rows: Sequence[Mapping[str, Any]], features: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """Logged inputs, row by row, as columns: by the features' names where they fit, else by input and place."""
    table: dict[str, list[float]] = {}
    for row in rows:
        for name, cell in _cells(row, features):
            table.setdefault(name, []).append(cell)
    return {name: tuple(cells) for name, cells in table.items() if len(cells) == len(rows)}


def _cells(row: Mapping[str, Any], features: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for name, values in row.items():
        cells = cast(list[Any], values) if isinstance(values, list) else [values]
        named = len(row) == 1 and len(features) == len(cells)
        yield from zip(features if named else (f"{name}.{place}" for place in range(len(cells))), cells, strict=True)
