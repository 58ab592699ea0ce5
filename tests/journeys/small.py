"""A pilot as small as one can be, for stories about what goes wrong: a table made here, and its declaration."""

import csv
import math
import random
from pathlib import Path

PILOT = """[pilot]
name = "{name}"
title = "Parts that are out of round"
question = "Can a model find them?"
start = 2026-10-01
end = 2030-01-31

[[organisation]]
name = "plant"
title = "Plant"
country = "JP"
currency = "JPY"
cores = 2
memory_gb = 4
price_core_hour = 3
price_memory_gb_hour = 1

[[person]]
name = "Aya"
organisation = "plant"
roles = ["steward"]

[[person]]
name = "Ryo"
organisation = "plant"
roles = ["key_user"]

[[person]]
name = "Emi"
organisation = "plant"
roles = ["operator"]

[[person]]
name = "Makoto"
organisation = "plant"
roles = ["leader"]

[[person]]
name = "Toru"
organisation = "plant"
roles = ["leader"]
qualifications = ["gate-approver"]

[data]
files = "parts.csv"
licence = "made for a test"
purposes = ["production"]

[contract]
columns = [{{ name = "{column}", type = "number" }}]

[preparation]
target = "{target}"
positive = "yes"

[training]
{training}
seed = {seed}
fractions = [1.0]
bootstrap = 100

[gate]
[[gate.thresholds]]
metric = "roc_auc"
at_least = 0.7
[[gate.questions]]
ask = "What is the model used for, and who is affected by what it says?"
answer = "It marks parts. The inspector is affected."
[[gate.questions]]
ask = "What happens when it is wrong?"
answer = "A part is looked at twice."
[[gate.questions]]
ask = "Who has the final word, and how is the model stopped?"
answer = "The inspector; by the stop button."
[[gate.questions]]
ask = "Does the data describe persons, or carry terms that forbid this use?"
answer = "No."
[gate.card]
intended_use = "Marking parts beside a person."
not_for = "Deciding alone."
limitations = "Made up."

[endpoint]
rules = "1. A person has the final word."
[[endpoint.comments]]
says = "And at night?"
answer = "At night, too."

[traffic]
singles = 5
nights = 0

[decisions]
sample = 4

[monitor]
window = 20
windows = 200
"""
BUILT_IN = 'algorithm = "gradient_boosting"\nparameters = { max_iter = 20 }'


def table(file: Path, rows: int = 400, words: tuple[str, ...] = ("no", "yes"), seed: int = 1) -> Path:
    """Points in a square: those outside the circle count as found; of three words, those far outside get the third."""
    chance = random.Random(seed)
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(("x", "y", "out"))
        for _ in range(rows):
            x, y = chance.uniform(-1, 1), chance.uniform(-1, 1)
            far = math.hypot(x, y) + chance.gauss(0, 0.05)
            writer.writerow((f"{x:.5f}", f"{y:.5f}", words[(far > 0.8) + (len(words) > 2 and far > 1.1)]))
    return file


def declare(folder: Path, **changes: object) -> Path:
    """`pilot.toml` in `folder`, beside its table; `changes` fill what may be wrong or different."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "parts.csv").exists():
        table(folder / "parts.csv")
    said = {"name": "small", "column": "x", "target": "out", "training": BUILT_IN, "seed": 1, **changes}
    file = folder / "pilot.toml"
    file.write_text(PILOT.format(**said), encoding="utf-8")
    return file
