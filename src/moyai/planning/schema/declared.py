"""Shapes that travel: a pilot as a person declares it (`pilot.toml`), key by key. `declaration` reads the text."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from moyai.kernel.shapes import Shape

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Role = Literal["executive", "coordinator", "site_operator", "steward", "key_user", "leader", "operator", "trainer"]
Scalar = bool | int | float | str


class Text(Shape):
    """Words for a person, in English and, if there are any, in Japanese."""

    en: str = Field(description="In English.")
    ja: str = Field(default="", description="In Japanese; left out: the English words are shown.")


def bilingual(value: Any) -> Any:
    return {"en": value} if isinstance(value, str) else value


Said = Annotated[Text, BeforeValidator(bilingual, json_schema_input_type=str | Text)]
NOTHING = Text(en="")


def listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(listed, json_schema_input_type=str | tuple[str, ...])]


class Pilot(Shape):
    """`[pilot]`: what is to be found out, by when."""

    name: Name = Field(description="Short name: small letters, digits and hyphens. Also the folder of its results.")
    title: Said = Field(description="One line for the head of the report.")
    question: Said = Field(description="What the pilot answers, as one would ask it in a meeting.")
    request: Said = Field(default=NOTHING, description="What the meeting is asked to decide when the pilot has ended.")
    start: date = Field(description="First day.")
    end: date = Field(description="Last day; late is amber, then red.")


class Stage(Shape):
    """`[[stage]]`: one step of the road after the pilot, with its date."""

    name: Said = Field(description="What is reached at this stage.")
    by: date = Field(description="The day by which it is reached.")


class Organisation(Shape):
    """`[[organisation]]`: a member, its one site, what the site has and what it charges for what was measured."""

    name: Name = Field(description="Short name, by which the rest of the file refers to it.")
    title: Said = Field(description="The full name.")
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = Field(description="ISO 3166 code, e.g. JP.")
    currency: Currency = Field(description="ISO 4217 code, e.g. JPY. All prices of this organisation are in it.")
    cores: int = Field(ge=1, description="Cores that its site lends to the pool.")
    memory_gb: float = Field(gt=0, description="Memory that its site lends, in GB.")
    price_core_hour: Decimal = Field(gt=0, description="Price of one hour of one core at work. Owned is not free.")
    price_memory_gb_hour: Decimal = Field(
        default=Decimal(0), ge=0, description="Price of holding 1 GB of memory for an hour."
    )
    price_storage_gb_month: Decimal = Field(default=Decimal(0), ge=0, description="Price of keeping 1 GB for a month.")
    allocation_core_hours: Decimal = Field(
        default=Decimal(100), gt=0, description="What the pilot's project may use here."
    )


class Person(Shape):
    """`[[person]]`: somebody who acts in the pilot. All are played by the one who runs it, and labelled so."""

    name: str = Field(min_length=1, description="The name by which this file and the report call the person.")
    organisation: Name = Field(description="The organisation that the person belongs to.")
    roles: tuple[Role, ...] = Field(min_length=1, description="What the person may do.")
    qualifications: tuple[str, ...] = Field(default=(), description="Certificates held, e.g. gate-approver.")


class Data(Shape):
    """`[data]`: the table, whose it is and what it may be used for."""

    files: Names = Field(min_length=1, description="File, or list of files, as seen from this file's folder.")
    name: Name | None = Field(default=None, description="Name of the dataset; left out: the pilot's.")
    title: Said = Field(default=NOTHING, description="One line for the catalogue.")
    header: bool = Field(default=True, description="Whether the first line names the columns.")
    columns: tuple[str, ...] = Field(default=(), description="Names of the columns, in order, when there is no header.")
    delimiter: str = Field(
        default="", max_length=1, description="Character between columns; left out: found from the content."
    )
    licence: str = Field(description="Licence, e.g. CC-BY-4.0, or the agreement under which the data may be used.")
    citation: str = Field(default="", description="How the data wishes to be cited.")
    purposes: Names = Field(default=("research",), min_length=1, description="Uses that the terms allow.")
    classification: Literal["open", "members", "restricted"] = Field(default="members", description="Who may see it.")
    organisation: str = Field(default="", description="Organisation that publishes it; left out: the owner's.")
    owner: str = Field(default="", description="Person who owns it; left out: the first leader.")
    steward: str = Field(default="", description="Person who publishes and grants; left out: the first steward.")
    until: date | None = Field(
        default=None, description="Last day on which the terms allow use; left out: without end."
    )


class ColumnRule(Shape):
    """`[[contract.columns]]`: what one column has to be."""

    name: str = Field(description="Name of the column.")
    type: Literal["integer", "number", "boolean", "timestamp", "text"] = Field(description="What its values are.")
    min: float | None = Field(default=None, description="Smallest allowed value.")
    max: float | None = Field(default=None, description="Largest allowed value.")
    nulls: Share = Field(default=0.0, description="Largest allowed share of empty cells.")
    one_of: tuple[Scalar, ...] = Field(default=(), description="The only values allowed.")


class Contract(Shape):
    """`[contract]`: what the table has to be before anything is trained on it."""

    rows_min: int = Field(default=1, ge=0, description="Fewest rows.")
    rows_max: int | None = Field(default=None, ge=0, description="Most rows; left out: no limit.")
    columns: tuple[ColumnRule, ...] = Field(default=(), description="Rules, column by column.")


class Preparation(Shape):
    """`[preparation]`: how the table becomes training and held-out rows."""

    target: str = Field(description="The column to be predicted.")
    positive: str = Field(description="The target's value that counts as found, written as text.")
    drop: tuple[str, ...] = Field(default=(), description="Columns that the model must not see.")
    holdout: float = Field(default=0.3, gt=0, lt=1, description="Share of rows kept away from training.")
    seed: int = Field(default=1, ge=0, description="Seed of the split.")
    at: str = Field(default="", description="Organisation whose site prepares; left out: placement chooses.")


class Training(Shape):
    """`[training]`: the model, or the person's own script."""

    algorithm: Literal["gradient_boosting", "logistic"] = Field(
        default="gradient_boosting", description="Built-in algorithm."
    )
    script: str = Field(
        default="", description="Own code instead: reads inputs/, writes outputs/, metrics.jsonl, result.json."
    )
    parameters: dict[str, Scalar] = Field(default_factory=dict, description="Passed to the algorithm as they are.")
    seed: int = Field(default=1, ge=0, description="Seed of the training.")
    fractions: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        default=(0.25, 0.5, 1.0),
        min_length=1,
        description="Shares of the data to train on; three or more let cost be fitted.",
    )
    bootstrap: int = Field(default=500, ge=100, description="Resamples behind each interval.")
    by: str = Field(default="", description="Person who trains; left out: the first key user.")
    at: str = Field(default="", description="Organisation whose site trains; left out: placement chooses.")


class Baseline(Shape):
    """`[baseline]`: the simple model that the new one has to beat."""

    algorithm: Literal["gradient_boosting", "logistic"] = Field(default="logistic", description="Built-in algorithm.")
    parameters: dict[str, Scalar] = Field(default_factory=dict, description="Passed to the algorithm as they are.")
    seed: int = Field(default=1, ge=0, description="Seed of the training.")
    at: str = Field(default="", description="Organisation whose site trains it; left out: placement chooses.")


class Threshold(Shape):
    """`[[gate.thresholds]]`: a bound that the interval of a metric has to clear, not only its middle."""

    metric: str = Field(description="roc_auc, average_precision, accuracy or brier; a script's own names.")
    at_least: float | None = Field(default=None, description="The interval's lower end must reach this.")
    at_most: float | None = Field(default=None, description="The interval's upper end must stay below this.")
    above_baseline: float | None = Field(
        default=None, description="The lower end of (model - baseline), row by row, must lie above this."
    )


class Question(Shape):
    """`[[gate.questions]]`: one question about purpose and impact, with its answer."""

    ask: Said = Field(description="The question.")
    answer: Said = Field(default=NOTHING, description="The answer; an empty one does not pass the gate.")


class Card(Shape):
    """`[gate.card]`: what no measurement can say about the model."""

    intended_use: Said = Field(default=NOTHING, description="What it is for.")
    not_for: Said = Field(default=NOTHING, description="What it must not be used for.")
    limitations: Said = Field(default=NOTHING, description="Where it is known to be weak.")


class Gate(Shape):
    """`[gate]`: what has to be true, and who has to agree, before the model may work."""

    purpose: Literal["production"] = Field(
        default="production",
        description="What it opens to; data.purposes must allow it: an endpoint is production.",
    )
    thresholds: tuple[Threshold, ...] = Field(min_length=1, description="Bounds on metrics.")
    questions: tuple[Question, ...] = Field(default=(), description="The purpose-and-impact questionnaire.")
    reviewer: str = Field(default="", description="Person who reviewed the answers; left out: the first steward.")
    accountable: str = Field(default="", description="Person who answers for the model; left out: the first leader.")
    approver: str = Field(
        default="", description="Person who approves; left out: the first who may. Never the trainer."
    )
    approver_role: Literal["leader", "executive", "coordinator", "steward"] = Field(
        default="leader", description="Role that an approver needs."
    )
    approver_qualification: str = Field(default="gate-approver", description="Certificate that an approver needs.")
    card: Card = Field(default=Card(), description="Texts of the model card.")


class Remark(Shape):
    """`[[endpoint.comments]]`: what the floor said about a draft of the rules, and the answer it got."""

    says: Said = Field(description="The comment.")
    answer: Said = Field(description="The answer; without one the rules do not take effect.")
    taken: bool = Field(default=False, description="Whether the comment was taken up in the rules.")


class Endpoint(Shape):
    """`[endpoint]`: the address under which the model answers, and the rules of using it."""

    name: Name | None = Field(default=None, description="Name of the endpoint; left out: the pilot's.")
    rules: Said = Field(description="Operating rules that the floor works by: who decides, when to stop, what then.")
    comments: tuple[Remark, ...] = Field(
        default=(), description="The floor's comments on the draft, each answered before the rules take effect."
    )
    rehearse_stop: bool = Field(default=True, description="Press the stop button once, see it refuse, and resume.")


class Traffic(Shape):
    """`[traffic]`: how held-out rows are sent as if they came from the instrument."""

    singles: int = Field(default=300, ge=1, description="Rows sent one by one; the response times come from these.")
    nights: int = Field(default=3, ge=0, description="Nights (or shifts) sent as batches.")
    batch: int = Field(default=200, ge=1, description="Rows in a night.")


class Decisions(Shape):
    """`[decisions]`: the final word of a person, here by a labelled script."""

    sample: int = Field(default=40, ge=1, description="Predictions put before the person.")
    by: str = Field(default="", description="Person who decides; left out: the first operator.")
    override_share: Share = Field(default=0.15, description="Share that the script overrides, the least certain first.")
    reasons: tuple[Said, ...] = Field(
        default=(Text(en="doubtful case"),), min_length=1, description="Reasons, in turn."
    )


class Shift(Shape):
    """`[monitor.shift]`: a change that happens in reality, played on held-out rows."""

    name: Said = Field(description="What one would call it, e.g. a bright-moon night.")
    column: str = Field(description="Column by which rows are lost.")
    drop_below: float | None = Field(default=None, description="Rows with less than this are lost.")
    drop_below_quantile: Share | None = Field(default=None, description="The same, as a share of all rows.")
    why: Said = Field(default=NOTHING, description="The cause in reality, in a sentence.")


class Monitor(Shape):
    """`[monitor]`: how drift is watched."""

    window: int = Field(default=200, ge=20, description="Rows in a window.")
    windows: int = Field(default=200, ge=200, description="Windows without a change, to count false alarms.")
    alpha: float = Field(default=0.001, gt=0, lt=0.5, description="Wanted share of false alarms among windows.")
    shift: Shift | None = Field(default=None, description="The change to be noticed; left out: none is played.")


class Benefit(Shape):
    """`[benefit]`: what a correct decision is worth. Left out: payback reads "not estimated"."""

    currency: Currency = Field(description="ISO 4217 code of the amounts below.")
    per_correct_decision: Decimal = Field(gt=0, description="Worth of one more correct decision.")
    decisions_per_day: tuple[float, float] = Field(description="Decisions on a day, from and to.")
    days_per_year: int = Field(default=250, ge=1, le=366, description="Days a year on which decisions are taken.")
    correct_today: Share = Field(description="Share of decisions that are correct without the model.")
    investment: tuple[Decimal, Decimal] = Field(description="One-off cost of introducing it, from and to.")
    basis: Said = Field(description="Where these figures come from.")


class Projection(Shape):
    """`[projection]`: for how much more the cost is to be estimated."""

    data_factors: tuple[float, ...] = Field(default=(1, 10, 100), min_length=1, description="Times the data.")
    users: tuple[int, ...] = Field(default=(1, 10), min_length=1, description="People who train on it.")
    trainings_per_user_year: float = Field(default=100, gt=0, description="Trainings by one person in a year.")


class Indicator(Shape):
    """`[[indicator]]`: a figure by which success is judged."""

    name: Said = Field(description="What is measured.")
    figure: str = Field(description="Dotted path in evidence.json, e.g. metrics.roc_auc.value.")
    at_least: float | None = Field(default=None, description="Reached when the figure is at least this.")
    at_most: float | None = Field(default=None, description="Reached when the figure is at most this.")
    unit: str = Field(default="", description="Unit of the figure.")
    by: date = Field(description="The day by which it is to be reached.")


class Report(Shape):
    """`[report]`: how the evidence is told."""

    languages: tuple[Literal["en", "ja"], ...] = Field(
        default=("en", "ja"), min_length=1, description="Languages shown."
    )
    phrases: tuple[Said, ...] = Field(
        default=(), max_length=3, description="Phrases for the meeting instead of the usual."
    )


class PilotFile(Shape):
    """A pilot as declared in TOML. A short file is enough: what has a sensible value may be left out."""

    pilot: Pilot = Field(description="What is to be found out.")
    stage: tuple[Stage, ...] = Field(default=(), description="The road after it.")
    organisation: tuple[Organisation, ...] = Field(min_length=1, description="Members, with one site each.")
    person: tuple[Person, ...] = Field(min_length=2, description="Who acts; at least two, for nobody approves alone.")
    data: Data = Field(description="The table and its terms.")
    contract: Contract = Field(default=Contract(), description="What the table has to be.")
    preparation: Preparation = Field(description="How it is prepared.")
    training: Training = Field(default=Training(), description="The model.")
    baseline: Baseline = Field(default=Baseline(), description="What it has to beat.")
    gate: Gate = Field(description="What has to be true before it may work.")
    endpoint: Endpoint = Field(description="Where it answers.")
    traffic: Traffic = Field(default=Traffic(), description="What is sent to it.")
    decisions: Decisions = Field(default=Decisions(), description="Who has the final word.")
    monitor: Monitor = Field(default=Monitor(), description="How drift is watched.")
    benefit: Benefit | None = Field(default=None, description="What it is worth.")
    projection: Projection = Field(default=Projection(), description="What more would cost.")
    indicator: tuple[Indicator, ...] = Field(default=(), description="By what success is judged.")
    report: Report = Field(default=Report(), description="How it is told.")

    def preparing(self) -> dict[str, Any]:
        """The task of preparation, in the keys of the transform `tabular`."""
        data, own = self.data, self.preparation
        task: dict[str, Any] = {
            "target": own.target, "positive": own.positive, "drop": [*own.drop], "holdout": own.holdout,
            "seed": own.seed, "header": data.header,
        }  # fmt: skip
        if data.columns:
            task["columns"] = [*data.columns]
        if data.delimiter:
            task["delimiter"] = data.delimiter
        return task

    def fitting(self, chosen: Training | Baseline, fraction: float) -> dict[str, Any]:
        """The task of one training, in the keys of the trainer `tabular`."""
        return {
            "algorithm": chosen.algorithm, "target": self.preparation.target, "positive": self.preparation.positive,
            "seed": chosen.seed, "fraction": fraction, "parameters": dict(chosen.parameters),
            "bootstrap": self.training.bootstrap,
        }  # fmt: skip

    def holder(self, role: Role) -> str:
        """The first person with `role`; empty when there is none."""
        return next((person.name for person in self.person if role in person.roles), "")

    @property
    def trainer(self) -> str:
        return self.training.by or self.holder("key_user")

    @property
    def approver(self) -> str:
        """The person who approves: as named, else the first with role and certificate who did not train."""
        gate = self.gate
        fitting = (
            person.name
            for person in self.person
            if gate.approver_role in person.roles
            and gate.approver_qualification in person.qualifications
            and person.name != self.trainer
        )
        return gate.approver or next(fitting, "")
