"""A pilot as a form: what is known of somebody's table, and a few answers, become a commented `pilot.toml`. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from json import dumps
from math import ceil, floor, log10
from typing import Literal

from pydantic import Field

from moyai.kernel.errors import Invalid
from moyai.kernel.shapes import Shape
from moyai.planning.declaration import read_pilot
from moyai.planning.schema.declared import Currency, Name, Role

PRODUCTION = "production"
"""What a gate opens to."""
FEW = 20
"""A text column with at most so many different values is a list of words, not free text."""
CAST: tuple[tuple[Role, str, str], ...] = (
    ("steward", "Data steward", "data-steward"),
    ("key_user", "Key user", "model-training"),
    ("leader", "Leader", "gate-leader"),
    ("operator", "Operator", "floor"),
)
IMPACT: tuple[tuple[str, str, str], ...] = (
    (
        "impact_use",
        "What is the model used for, and who is affected by what it says?",
        "Draft: it points a person to what it found. Who is affected beside that person has to be written here.",
    ),
    (
        "impact_error",
        "What happens when it is wrong?",
        "Draft: the person who decides may notice. What a miss and a false mark lead to has to be written here.",
    ),
    (
        "impact_last_word",
        "Who has the final word, and how is the model stopped?",
        "Draft: the operator decides; the stop button brings back the way it is done today.",
    ),
    (
        "impact_persons",
        "Does the data describe persons, or carry terms that forbid this use?",
        "Draft: the steward has to look, and to write here what was found.",
    ),
)
"""Key, question and proposed answer of the purpose-and-impact questionnaire. A proposal says that it is a draft."""
RULES = (
    "1. A person has the final word. 2. An override names a reason. 3. When in doubt, press stop and call the"
    " accountable person. 4. Only the accountable person resumes."
)


class Seen(Shape):
    """What is known of one column."""

    name: str = Field(min_length=1, description="Name of the column.")
    type: Literal["integer", "number", "boolean", "timestamp", "text"] = Field(description="What its values are.")
    nulls: float = Field(default=0, ge=0, le=1, description="Share of empty cells.")
    minimum: float | None = Field(default=None, description="Smallest value, of numbers.")
    maximum: float | None = Field(default=None, description="Largest value, of numbers.")
    values: tuple[str, ...] = Field(default=(), description="The different values, when they are few.")


class Answers(Shape):
    """The answers to a few plain questions about one's own table, and what was seen in it."""

    file: str = Field(description="The table, as seen from the folder of the pilot.")
    columns: tuple[Seen, ...] = Field(min_length=2, description="What is known of its columns, in order.")
    rows: int = Field(ge=1, description="Rows of the table.")
    header: bool = Field(default=True, description="Whether its first line names the columns.")
    delimiter: str = Field(default="", max_length=1, description="Character between columns.")
    name: Name = Field(description="Short name of the pilot.")
    title: str = Field(default="", description="One line for the head of the report.")
    question: str = Field(default="", description="What is to be found out.")
    target: str = Field(description="The column to be predicted.")
    positive: str = Field(description="The value of it that counts as found.")
    drop: tuple[str, ...] = Field(default=(), description="Columns that the model must not see.")
    licence: str = Field(default="internal use only", description="Licence or agreement of the data.")
    purpose: str = Field(default=PRODUCTION, description="The use that is asked for, beside production.")
    organisation: Name = Field(default="plant", description="Who owns the data and lends the computer.")
    country: str = Field(default="JP", description="ISO 3166 code.")
    currency: Currency = Field(default="JPY", description="ISO 4217 code.")
    price_core_hour: Decimal = Field(gt=0, description="What an hour of one core costs there.")
    cores: int = Field(default=2, ge=1, description="Cores lent.")
    memory_gb: float = Field(default=4, gt=0, description="Memory lent.")
    people: dict[Role, str] = Field(default_factory=dict, description="Names by role; left out: personas.")
    impact: dict[str, str] = Field(default_factory=dict, description="Purpose and impact, by key; left out: drafts.")
    approver: str = Field(default="Second leader", description="Who approves; never who trains.")
    start: date = Field(description="First day.")
    end: date = Field(description="Last day.")
    at_least: float = Field(default=0.7, ge=0, le=1, description="ROC AUC that the interval's lower end must reach.")
    shift_column: str = Field(default="", description="Column whose low values may get lost; left out: the first.")


def fill(asked: Answers) -> str:
    """The text of a valid `pilot.toml` for the table in `asked`, with comments on what to look at.

    Raises Invalid when the target, a dropped column or the positive value is not in the table.
    """
    check(asked)
    parts = (opening, members, people, data, contract, model, gate, floor_side, watch, money, success)
    text = "\n".join("\n".join(part(asked)) + "\n" for part in parts)
    read_pilot(text, f"{asked.name}/pilot.toml")
    return text


def check(asked: Answers) -> None:
    known = {column.name: column for column in asked.columns}
    for name in (asked.target, *asked.drop, *filter(None, (asked.shift_column,))):
        if name not in known:
            raise Invalid(f"{asked.file} has no column {name!r}.", fix=f"Its columns: {', '.join(known)}.", where=name)
    if asked.target in asked.drop:
        raise Invalid(f"The target {asked.target!r} cannot be dropped.", fix="Take it out of the dropped columns.")
    values = known[asked.target].values
    if len(values) != 2:
        holds = f"{len(values)} different values ({', '.join(values[:10])})" if values else "many different values"
        raise Invalid(
            f"Column {asked.target!r} holds {holds}; a model needs exactly two.",
            fix="Name another column, or make one that says yes or no before the draft.",
            where=asked.target,
        )
    if asked.positive not in values:
        fix = f"It has {', '.join(values)}."
        raise Invalid(f"Column {asked.target!r} has no value {asked.positive!r}.", fix=fix, where=asked.target)


def quoted(text: str) -> str:
    """A TOML string."""
    return dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def listed(texts: Sequence[str]) -> str:
    return "[" + ", ".join(map(quoted, texts)) + "]"


def opening(asked: Answers) -> Iterator[str]:
    found = f"{asked.target} = {asked.positive}"
    question = asked.question or f"Can a model find {found} well enough to work beside a person?"
    yield "# Drafted by `moyai pilot init`. Every key is described in docs/reference/pilot.md; what has a sensible"
    yield '# value may be left out. Texts are either "one string" or { en = "...", ja = "..." }.'
    yield ""
    yield "[pilot]"
    yield f"name = {quoted(asked.name)}"
    yield f"title = {quoted(asked.title or f'Finding {found}')}"
    yield f"question = {quoted(question)}"
    yield 'request = "Approve the next stage: a trial beside the people on the floor."'
    yield f"start = {asked.start}"
    yield f"end = {asked.end}"


def members(asked: Answers) -> Iterator[str]:
    yield "# One block for each organisation that lends a computer. Owned is not free: what is an hour of a core?"
    yield "[[organisation]]"
    yield f"name = {quoted(asked.organisation)}"
    yield f"title = {quoted(asked.organisation)}"
    yield f"country = {quoted(asked.country)}"
    yield f"currency = {quoted(asked.currency)}"
    yield f"cores = {asked.cores}"
    yield f"memory_gb = {asked.memory_gb:g}"
    yield f"price_core_hour = {asked.price_core_hour:f}"


def people(asked: Answers) -> Iterator[str]:
    yield "# Who does what. One who runs the pilot alone plays them all, and the report says so."
    for role, persona, certificate in CAST:
        yield from person(asked, asked.people.get(role, persona), role, certificate)
    yield from person(asked, asked.approver, "leader", "gate-approver")


def person(asked: Answers, name: str, role: str, certificate: str) -> Iterator[str]:
    yield "[[person]]"
    yield f"name = {quoted(name)}"
    yield f"organisation = {quoted(asked.organisation)}"
    yield f"roles = {listed([role])}"
    yield f"qualifications = {listed([certificate])}"
    yield ""


def data(asked: Answers) -> Iterator[str]:
    yield "[data]"
    yield f"files = {quoted(asked.file)}"
    if not asked.header:
        yield "header = false"
        yield f"columns = {listed([column.name for column in asked.columns])}"
    if asked.delimiter:
        yield f"delimiter = {quoted(asked.delimiter)}"
    yield f"licence = {quoted(asked.licence)}  # under which terms may it be used?"
    yield f"purposes = {listed([*dict.fromkeys((asked.purpose, PRODUCTION))])}"
    yield 'classification = "members"'


def contract(asked: Answers) -> Iterator[str]:
    yield "# Drafted from the table as it is today, with some room. Put in what physics or the process allows."
    yield "[contract]"
    yield f"rows_min = {max(1, asked.rows * 9 // 10)}"
    yield "columns = ["
    for column in asked.columns:
        yield f"  {{ {', '.join(rule(column))} }},"
    yield "]"


def rule(column: Seen) -> Iterator[str]:
    yield f"name = {quoted(column.name)}"
    yield f"type = {quoted(column.type)}"
    if column.type in ("integer", "number") and column.minimum is not None and column.maximum is not None:
        low, high = widened(column.minimum, column.maximum)
        yield f"min = {low:.15g}"
        yield f"max = {high:.15g}"
    elif column.type == "text" and 0 < len(column.values) <= FEW:
        yield f"one_of = {listed(column.values)}"
    if column.nulls:
        yield f"nulls = {min(1.0, ceil(column.nulls * 110) / 100):g}"


def widened(low: float, high: float) -> tuple[float, float]:
    """A tenth more room on each side, on round numbers; 0 and 1 stay where they are the end of a share or a flag."""
    if low >= 0 and high <= 1:
        return 0, 1
    room = (high - low) / 10 or abs(low) / 10 or 1
    step = 10.0 ** floor(log10(room))
    return (0 if 0 <= low < room else floor((low - room) / step) * step), ceil((high + room) / step) * step


def model(asked: Answers) -> Iterator[str]:
    yield "[preparation]"
    yield f"target = {quoted(asked.target)}"
    yield f"positive = {quoted(asked.positive)}"
    yield "# Columns that give the answer away, or that nobody has in time."
    yield f"drop = {listed(asked.drop)}"
    yield "holdout = 0.3"
    yield "seed = 1"
    yield ""
    yield "[training]"
    yield 'algorithm = "gradient_boosting"  # or, instead: script = "own.py"'
    yield "fractions = [0.25, 0.5, 1.0]  # three sizes, so that cost grows by measurement and not by guess"
    yield ""
    yield "[baseline]"
    yield 'algorithm = "logistic"'


def gate(asked: Answers) -> Iterator[str]:
    yield "# What has to be true before the model may work, and who has to agree. An empty answer does not pass."
    yield "[gate]"
    yield f"purpose = {quoted(PRODUCTION)}"
    yield f"approver = {quoted(asked.approver)}"
    yield ""
    yield "[[gate.thresholds]]"
    yield 'metric = "roc_auc"'
    yield f"at_least = {asked.at_least:g}"
    yield "above_baseline = 0.0"
    yield ""
    yield "# An answer that begins with Draft was proposed, and everybody who reads the report sees that it was."
    for key, question, proposed in IMPACT:
        yield "[[gate.questions]]"
        yield f"ask = {quoted(question)}"
        yield f"answer = {quoted(asked.impact.get(key, proposed))}"
    yield ""
    yield "[gate.card]"
    yield f"intended_use = {quoted(f'Finding {asked.target} = {asked.positive}, beside a person.')}"
    yield 'not_for = "Deciding without a person."'
    yield 'limitations = "Trained on the table named above; nothing is known of other sites and seasons."'


def floor_side(asked: Answers) -> Iterator[str]:
    yield "# The rules that the floor works by; the people there may comment on them before they take effect."
    yield "[endpoint]"
    yield f"name = {quoted(asked.name)}"
    yield f"rules = {quoted(RULES)}"
    yield ""
    yield "# Held-out rows, sent as if they came from the floor."
    yield "[traffic]"
    held = asked.rows * 3 // 10
    yield f"singles = {max(1, min(300, held // 2))}"
    yield "nights = 2"
    yield f"batch = {max(1, min(200, held // 4))}"
    yield ""
    yield "[decisions]"
    yield f"sample = {max(1, min(40, held // 4))}"
    yield 'reasons = ["doubtful case", "the part was looked at again"]'


def watch(asked: Answers) -> Iterator[str]:
    yield "[monitor]"
    yield "window = 100"
    yield "windows = 200"
    column = asked.shift_column or next(
        (
            seen.name
            for seen in asked.columns
            if seen.type == "number" and seen.name != asked.target and seen.name not in asked.drop
        ),
        "",
    )
    if column:
        yield ""
        yield "# A change that could happen, played on held-out rows: here a sensor that no longer sees low values."
        yield "[monitor.shift]"
        yield 'name = "a sensor that misses low values"'
        yield f"column = {quoted(column)}"
        yield "drop_below_quantile = 0.3"


def money(asked: Answers) -> Iterator[str]:
    yield '# What is one more correct decision worth? Until somebody says, the report reads "not estimated".'
    yield "# [benefit]"
    yield f"# currency = {quoted(asked.currency)}"
    yield "# per_correct_decision = 100"
    yield "# decisions_per_day = [100, 200]"
    yield "# correct_today = 0.8"
    yield "# investment = [1000000, 3000000]"
    yield '# basis = "who said so, and from what"'
    yield ""
    yield "[projection]"
    yield "data_factors = [1, 10, 100]"
    yield "users = [1, 10]"
    yield "trainings_per_user_year = 100"


def success(asked: Answers) -> Iterator[str]:
    yield "# By what is success judged, and when? A figure is a dotted path in evidence.json."
    yield "[[indicator]]"
    yield 'name = "Quality of the model (ROC AUC)"'
    yield 'figure = "metrics.roc_auc.value"'
    yield f"at_least = {asked.at_least:g}"
    yield f"by = {asked.end}"
    yield ""
    yield "[[indicator]]"
    yield 'name = "Share of decisions in which a person overrode the model"'
    yield 'figure = "decisions.overridden_share"'
    yield "at_most = 0.25"
    yield f"by = {asked.end}"
