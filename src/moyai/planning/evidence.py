"""The shape of `evidence.json`: every figure of a finished pilot, and the record that each came from. No verbs here."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from moyai.kernel.shapes import Shape
from moyai.planning.rules import Amount, Cost, Payback, Projected
from moyai.planning.schema.declared import Text

Label = Literal["one_engine", "personas", "scripted_decisions", "synthetic_shift", "extrapolation"]
NONE = Text(en="")


class Step(Shape):
    """One step of the pilot."""

    name: str = Field(description="Short name, e.g. train.")
    title: Text = Field(default=NONE, description="What was done, in words.")
    state: Literal["done", "unchanged", "failed"] = Field(
        description="`unchanged`: an earlier run's result was reused."
    )
    started: datetime | None = Field(default=None, description="Begin of the step.")
    seconds: float = Field(default=0, description="How long it took.")
    record: str = Field(default="", description="Id of what it made.")


class Milestone(Shape):
    """One stage of the road."""

    name: Text = Field(description="What is reached.")
    by: date = Field(description="By when.")


class Told(Shape):
    """`pilot`: what was asked, and what was done."""

    name: str = Field(description="Short name.")
    title: Text = Field(description="One line.")
    question: Text = Field(description="What it answers.")
    request: Text = Field(default=NONE, description="What the meeting decides.")
    started: datetime = Field(description="Begin of this run.")
    ended: datetime = Field(description="End of this run.")
    planned_end: date | None = Field(default=None, description="Declared last day.")
    clock: Literal["green", "amber", "red"] = Field(default="green", description="In time, nearly late, late.")
    steps: tuple[Step, ...] = Field(description="In order.")
    stages: tuple[Milestone, ...] = Field(default=(), description="The road after it.")


class Member(Shape):
    """One organisation with its site."""

    name: str = Field(description="Short name.")
    title: Text = Field(description="Full name.")
    currency: str = Field(description="ISO 4217 code.")
    site: str = Field(default="", description="Id of its site.")
    engine: str = Field(default="local", description="Engine that runs the site.")
    cores: int = Field(description="Cores lent.")


class Dataset(Shape):
    """`dataset`: the published version."""

    name: str = Field(description="Short name.")
    title: Text = Field(default=NONE, description="One line.")
    version: str = Field(description="Id of the version.")
    digest: str = Field(description="sha256 of the sorted manifest: the identity.")
    rows: int = Field(description="Rows read.")
    bytes: int = Field(description="Size of the files.")
    verdict: str = Field(description="passed or failed, against the declared contract.")
    columns: int = Field(default=0, description="Columns.")
    duplicate_rows: int = Field(default=0, description="Rows that repeat an earlier one.")
    notes: tuple[str, ...] = Field(default=(), description="Traps seen in the content.")
    licence: str = Field(default="", description="Licence.")
    citation: str = Field(default="", description="Citation.")
    owner: str = Field(default="", description="Owner.")
    classification: str = Field(default="", description="open, members or restricted.")


class Training(Shape):
    """`training`: the job behind the approved model, as measured."""

    run: str = Field(description="Id of the run.")
    job: str = Field(description="Id of the job.")
    engine: str = Field(description="Engine.")
    site: str = Field(description="Id of the site.")
    organisation: str = Field(default="", description="Whose site.")
    algorithm: str = Field(default="", description="Algorithm or script.")
    cpu_seconds: float = Field(description="CPU seconds of the process tree, user and system.")
    wall_seconds: float = Field(description="From start to end.")
    max_rss_bytes: int = Field(description="Peak memory of the process tree.")
    read_bytes: int | None = Field(description="Bytes read; none where the system does not count them.")
    written_bytes: int | None = Field(description="Bytes written; none where the system does not count them.")
    seed: int = Field(description="Seed.")
    environment_digest: str = Field(description="Digest of interpreter and packages.")
    code_digest: str = Field(description="Digest of the program.")


class Scaled(Shape):
    """`scaling[]`: one measured size."""

    rows: int = Field(description="Rows trained on.")
    cpu_seconds: float = Field(description="CPU seconds.")
    max_rss_bytes: int = Field(description="Peak memory.")
    wall_seconds: float = Field(default=0, description="Wall seconds.")
    amount: Amount = Field(default=Decimal(0), description="Price of this training.")
    currency: str = Field(default="", description="ISO 4217 code.")
    roc_auc: float | None = Field(default=None, description="What it reached.")


class Interval(Shape):
    """A measured value with its 95 % bootstrap interval."""

    value: float = Field(description="On all held-out rows.")
    low: float = Field(description="2.5 % of the resamples lie below.")
    high: float = Field(description="2.5 % of the resamples lie above.")


class Compared(Shape):
    """`baseline`: the simple model on the same rows."""

    algorithm: str = Field(description="Algorithm.")
    run: str = Field(default="", description="Id of the run.")
    metrics: dict[str, Interval] = Field(description="Its metrics.")
    difference: dict[str, Interval] = Field(default_factory=dict, description="Model minus baseline, row by row.")


class Named(Shape):
    """`accountable`: who answers."""

    person: str = Field(description="By name.")
    role: str = Field(description="In which role.")


class Check(Shape):
    """`gate.checks[]`: one thing that had to be true."""

    name: str = Field(description="Short name.")
    passed: bool = Field(description="Whether it is.")
    measured: str = Field(default="", description="What was found.")
    required: str = Field(default="", description="What was asked.")


class Refused(Shape):
    """`gate.refused[]`: an approval that was tried and refused."""

    by: str = Field(description="Who tried.")
    role: str = Field(default="", description="In which role.")
    at: datetime | None = Field(default=None, description="When.")
    why: str = Field(description="Why it was refused.")


class Answered(Shape):
    """One question about purpose and impact."""

    ask: Text = Field(description="Question.")
    answer: Text = Field(description="Answer.")


class Passed(Shape):
    """`gate`: whether the model may work."""

    verdict: str = Field(description="passed or failed.")
    checks: tuple[Check, ...] = Field(description="Each check.")
    refused: tuple[Refused, ...] = Field(description="Approvals refused.")
    reviewer: str = Field(default="", description="Who reviewed the answers.")
    questions: tuple[Answered, ...] = Field(default=(), description="Questions and answers.")


class Approval(Shape):
    """`approvals[]`: one approval given."""

    by: str = Field(description="Who.")
    role: str = Field(description="In which role.")
    at: datetime = Field(description="When.")
    qualification: str = Field(default="", description="With which certificate.")


class Remarked(Shape):
    """`endpoint.comments[]`: what the floor said about the rules before they took effect, and the answer."""

    by: str = Field(description="Who said it.")
    says: Text = Field(description="The comment.")
    answer: Text = Field(description="The answer.")
    scripted: bool = Field(default=False, description="Whether a labelled script said it.")


class Served(Shape):
    """`endpoint`: where the model answers."""

    name: str = Field(description="Name.")
    model: str = Field(description="Id of the model.")
    model_version: str = Field(description="Id of the version.")
    protocol: str = Field(description="Open Inference Protocol V2 over HTTP.")
    url: str = Field(default="", description="Address when the server runs.")
    rules: Text = Field(default=NONE, description="Operating rules in force.")
    comments: tuple[Remarked, ...] = Field(default=(), description="The floor's comments on the rules, all answered.")
    stopped: bool = Field(default=False, description="Whether the stop button was tried.")
    stop_seconds: float | None = Field(default=None, description="From the button to the first refused request.")


class Predicted(Shape):
    """`predictions`: what was answered, how fast."""

    count: int = Field(description="Predictions logged.")
    p50_ms: float = Field(description="Half of the single requests were answered within this.")
    p99_ms: float = Field(description="99 of 100 single requests were answered within this.")
    nights: int = Field(default=0, description="Nights sent as batches.")


class Reason(Shape):
    """A reason for overriding, and how often it was given."""

    reason: Text = Field(description="In words.")
    count: int = Field(description="Times.")


class Decided(Shape):
    """`decisions`: the final word of people."""

    count: int = Field(description="Decisions.")
    scripted: int = Field(description="Of these, by a labelled script.")
    overridden: int = Field(description="Of these, against the model.")
    overridden_share: float = Field(default=0, description="Overridden over all.")
    by: str = Field(default="", description="Who decides.")
    reasons: tuple[Reason, ...] = Field(description="Reasons given.")


class Reference(Shape):
    """`drift.reference`: windows without a change."""

    windows: int = Field(description="Windows looked at.")
    false_alarms: int = Field(description="Alarms among them.")
    false_alarms_per_1000: float = Field(default=0, description="The same, for a thousand windows.")


class Tested(Shape):
    """One column in the shifted window."""

    name: str = Field(description="Column.")
    statistic: float = Field(description="Distance of the distributions (Kolmogorov-Smirnov), 0 to 1.")
    p_value: float = Field(description="Chance of at least this without a change.")
    alarm: bool = Field(description="Whether it rings, with all columns taken into account.")
    cut: bool = Field(default=False, description="Whether rows were dropped by this very column.")


class Shifted(Shape):
    """`drift.shifted`: windows with the declared change."""

    alarm: bool = Field(description="Whether it rang.")
    columns: tuple[str, ...] = Field(description="Columns that rang, the most changed first.")
    name: Text = Field(default=NONE, description="What the change is called.")
    why: Text = Field(default=NONE, description="Its cause in reality.")
    column: str = Field(default="", description="Column that was cut.")
    lost_share: float = Field(default=0, description="Share of rows lost.")
    windows: int = Field(default=0, description="Windows looked at.")
    alarms: int = Field(default=0, description="Alarms among them.")
    tests: tuple[Tested, ...] = Field(default=(), description="Each column, the most changed first.")


class Drifted(Shape):
    """`drift`: silent when nothing changed, loud when something did."""

    reference: Reference = Field(description="Without a change.")
    shifted: Shifted = Field(description="With the change.")
    method: str = Field(default="", description="Test and correction.")
    alpha: float = Field(default=0, description="Wanted share of false alarms.")
    window: int = Field(default=0, description="Rows in a window.")


class Usage(Shape):
    """`usage[]`: what one job used, as the operating system measured it."""

    job: str = Field(description="Id of the job.")
    purpose: str = Field(default="", description="What it did, e.g. train 50 %.")
    site: str = Field(description="Id of the site.")
    engine: str = Field(description="Engine.")
    native_id: str = Field(description="The engine's own id, e.g. a process.")
    organisation: str = Field(description="Whose site.")
    cpu_seconds: float = Field(description="CPU seconds.")
    wall_seconds: float = Field(description="Wall seconds.")
    max_rss_bytes: int = Field(description="Peak memory.")
    read_bytes: int | None = Field(default=None, description="Bytes read.")
    written_bytes: int | None = Field(default=None, description="Bytes written.")
    basis: str = Field(default="", description="Counters that these come from.")


class Judged(Shape):
    """`indicators[]`: a figure by which success is judged."""

    name: Text = Field(description="What is measured.")
    figure: str = Field(description="Dotted path of the figure.")
    value: float | None = Field(description="Measured; none when the figure is missing.")
    target: float = Field(description="Wanted.")
    better: Literal["more", "less"] = Field(description="`more`: at least the target; `less`: at most.")
    unit: str = Field(default="", description="Unit.")
    by: date = Field(description="By when.")
    reached: bool = Field(description="Whether it is reached today.")


class Journal(Shape):
    """`journal`: the chain of everything that happened."""

    entries: int = Field(description="Entries.")
    verified: bool = Field(description="Whether the chain of hashes is whole.")
    head: str = Field(default="", description="Hash of the newest entry.")


class Curve(Shape):
    """A line to be drawn, as (x, y)."""

    name: str = Field(description="Whose.")
    points: tuple[tuple[float, float], ...] = Field(description="In order of x.")


class Histogram(Shape):
    """One column, ordinary against shifted, in the same bins."""

    column: str = Field(description="Column.")
    edges: tuple[float, ...] = Field(description="Bin edges, one more than the shares.")
    reference: tuple[float, ...] = Field(description="Share of ordinary rows in each bin.")
    shifted: tuple[float, ...] = Field(description="Share of the rows that are left, in each bin.")


class Watched(Shape):
    """One window of the drift watch, as a point to be drawn."""

    kind: Literal["reference", "shifted"] = Field(description="Without or with the change.")
    p_value: float = Field(description="Smallest p-value over columns, corrected.")
    alarm: bool = Field(description="Whether it rang.")


class Curves(Shape):
    """`curves`: what pictures are drawn from."""

    roc: tuple[Curve, ...] = Field(default=(), description="(false positive rate, true positive rate), model first.")
    histograms: tuple[Histogram, ...] = Field(default=(), description="Most changed columns first.")
    windows: tuple[Watched, ...] = Field(default=(), description="In order of time; at most 400.")


class Evidence(Shape):
    """What a pilot found, figure by figure, each with the record that it came from."""

    format: Literal["moyai-evidence/1"] = Field(default="moyai-evidence/1", description="Version of this shape.")
    made_at: datetime = Field(description="When this file was made.")
    moyai: str = Field(default="", description="Version of Moyai.")
    portal: str = Field(default="http://127.0.0.1:8420", description="Where the portal answers when `make up` runs.")
    languages: tuple[str, ...] = Field(default=("en", "ja"), description="Languages of the report.")
    labels: tuple[Label, ...] = Field(description="What in here is played, scripted, made up or extrapolated.")
    pilot: Told = Field(description="What was asked and done.")
    organisations: tuple[Member, ...] = Field(default=(), description="Who lent what.")
    dataset: Dataset = Field(description="The data.")
    training: Training = Field(description="The training behind the model.")
    scaling: tuple[Scaled, ...] = Field(description="The measured sizes, smallest first.")
    metrics: dict[str, Interval] = Field(description="Of the model, on held-out rows; roc_auc among them.")
    baseline: Compared = Field(description="What it had to beat.")
    accountable: Named = Field(description="Who answers for it.")
    gate: Passed = Field(description="Whether it may work.")
    approvals: tuple[Approval, ...] = Field(description="Who agreed.")
    endpoint: Served = Field(description="Where it answers.")
    predictions: Predicted = Field(description="What it answered.")
    decisions: Decided = Field(description="What people decided.")
    drift: Drifted = Field(description="Whether change is noticed.")
    usage: tuple[Usage, ...] = Field(description="Job by job.")
    cost: tuple[Cost, ...] = Field(description="Organisation by organisation.")
    projection: tuple[Projected, ...] = Field(description="What more would cost, a year.")
    payback: Payback | Literal["not estimated"] = Field(description="Months, or three words.")
    indicators: tuple[Judged, ...] = Field(description="By what success is judged.")
    journal: Journal = Field(description="The chain behind it all.")
    curves: Curves = Field(default=Curves(), description="What pictures are drawn from.")
    phrases: tuple[Text, ...] = Field(default=(), description="The person's own phrases for the meeting.")
    records: dict[str, str] = Field(
        description="Dotted path of a figure to the id of its record; a path stands for all that is under it."
    )
