"""A stage with a pool and prepared data: everything that a real training needs."""

import json
from datetime import timedelta
from decimal import Decimal

import numpy as np

from moyai.compute import allocations, sites, transforms
from moyai.compute.schema import AllocationAsked, Need, Prices, Resources, SiteAsked, TransformAsked
from moyai.data import blobs, datasets, versions
from moyai.data.schema import DatasetAsked, FileAsked, Terms, VersionAsked
from moyai.models import training
from moyai.models.schema import RunShown, TrainingAsked
from tests.fakes.pool import run_pool
from tests.models.stage import FEATURES, Stage

GIB = 1 << 30
NEED = Need(cores=1, memory_bytes=2 * GIB, wall_seconds=120)
PURPOSES = ("research", "training", "production")


def table(rows: int = 3000) -> bytes:
    """Three numbers and a class that two of them tell, with noise."""
    source = np.random.default_rng(3)
    numbers = source.normal(size=(rows, 3))
    label = numbers[:, 0] * numbers[:, 0] + numbers[:, 1] + source.normal(scale=0.5, size=rows) > 1
    lines = [",".join((*FEATURES, "class"))]
    rows = zip(numbers.tolist(), label.tolist(), strict=True)
    lines += [",".join((*map(repr, row), "g" if one else "h")) for row, one in rows]
    return "\n".join(lines).encode() + b"\n"


def lend(stage: Stage) -> None:
    """A site on the local engine, and a share of it for the project."""
    site = stage.edge.run(
        stage.owner,
        sites.register,
        SiteAsked(
            name="Aoba cluster", organisation=stage.organisation, resources=Resources(cores=2, memory_bytes=8 * GIB),
            prices=Prices(currency="JPY", core_hour=Decimal(10)), data=("open", "members"),
        ),
    )  # fmt: skip
    now = stage.edge.clock.now()
    asked = AllocationAsked(
        project=stage.project, site=site.id, core_hours=Decimal(100), start=now, end=now + timedelta(days=90)
    )
    stage.edge.run(stage.owner, allocations.grant, asked)


def publish(stage: Stage, name: str, content: bytes, purposes: tuple[str, ...] = PURPOSES) -> str:
    """A validated version of one file."""
    asked = DatasetAsked(
        name=name, title=name, organisation=stage.organisation, terms=Terms(licence="CC-BY-4.0", purposes=purposes)
    )
    stage.edge.run(stage.owner, datasets.register, asked)
    kept = blobs.receive(stage.edge, [content])
    stage.edge.run(stage.owner, blobs.sent, kept)
    file = FileAsked(name=f"{name}.csv", digest=kept.digest)
    made = stage.edge.run(stage.owner, versions.publish, VersionAsked(dataset=name, files=(file,)))
    run_pool(stage.edge)
    return made.id


def prepared(stage: Stage, purposes: tuple[str, ...] = PURPOSES) -> str:
    """A table, split by a real job."""
    lend(stage)
    raw = publish(stage, "showers", table(), purposes)
    asked = DatasetAsked(
        name="showers-split", title="Split", organisation=stage.organisation, terms=Terms(purposes=PURPOSES)
    )
    stage.edge.run(stage.owner, datasets.register, asked)
    task = {"target": "class", "positive": "g", "holdout": 0.3, "seed": 1}
    wanted = TransformAsked(
        project=stage.project, dataset="showers-split", version=raw, task=task, need=NEED, purpose="training"
    )
    made = stage.edge.run(stage.owner, transforms.start, wanted)
    run_pool(stage.edge)
    shown = stage.edge.read(stage.owner, transforms.get, made.id)
    assert shown.version, shown.detail
    return shown.version


def train(stage: Stage, version: str, **more: object) -> RunShown:
    """A run by the key user, to its end."""
    started = stage.edge.run(stage.people["key_user"], training.start, asked(stage, version, **more))
    run_pool(stage.edge)
    return stage.edge.read(stage.owner, training.get, started.id)


def asked(stage: Stage, version: str, **more: object) -> TrainingAsked:
    given = {"project": stage.project, "name": "boosted", "model": "shower", "version": version, "need": NEED}
    task = {"algorithm": "gradient_boosting", "bootstrap": 100, "parameters": {"max_iter": 40}}
    return TrainingAsked.model_validate({**given, "task": task, **more})


def script(metrics: dict[str, float]) -> dict[str, str]:
    """Own code that claims `metrics` and leaves a file in the model's place."""
    said = json.dumps({"metrics": metrics})
    return {"train.py": f"open('outputs/model.onnx', 'w').write('x'); open('result.json', 'w').write('''{said}''')"}
