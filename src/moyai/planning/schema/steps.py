"""The steps of a pilot, in their order, each with what it is called. What they do is in the driver."""

from moyai.kernel.wording import mark

TITLES = {
    "consortium": mark("Consortium: members, sites, personas"),
    "data": mark("Data: publish, profile, validate"),
    "prepare": mark("Preparation: a job of the pool"),
    "train": mark("Training: baseline and model, three sizes"),
    "gate": mark("Gate: thresholds, answers, a second person"),
    "serve": mark("Endpoint: opened, asked, stopped, resumed"),
    "decide": mark("Decisions: the shift person's final word (scripted)"),
    "watch": mark("Drift: ordinary nights, then a changed one"),
    "report": mark("Evidence: use, cost, projection, report"),
}
