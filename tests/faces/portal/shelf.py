"""One record of every kind, by the prefix of its id: made by real verbs where a test can, else put into the tables."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from moyai.compute import allocations, jobs, sites
from moyai.compute.schema import AllocationAsked, JobAsked, Prices, Resources, SiteAsked
from moyai.compute.tables import Artifact, Transform, Usage
from moyai.data import blobs, datasets, versions
from moyai.data.ports import Kept
from moyai.data.schema import Contract, DatasetAsked, FileAsked, Terms, VersionAsked
from moyai.governance import accountability, approvals, audit, procedures, provenance
from moyai.governance.schema import (
    AccountabilityAsked,
    ApprovalAsked,
    CommentAsked,
    Link,
    LogAsked,
    ProcedureAsked,
)
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.models import decisions, loops, monitoring, registry
from moyai.models.schema import DecisionAsked, EndpointShown, MonitorAsked
from moyai.models.tables import Run, Window
from moyai.people import qualifications, roles, tokens
from moyai.people.schema import PeopleAsked, QualificationAsked, TokenAsked
from moyai.planning import pilots
from moyai.planning.schema.records import PilotAsked, StepAsked
from moyai.planning.tables import Indicator, Report
from tests.models.stage import Stage, log, reference_file, turn

PILOT = Path(__file__).parents[3] / "examples" / "gamma-ray" / "pilot.toml"
REPORT = b"<!DOCTYPE html><html><head><title>Report</title></head><body></body></html>"


def fill(stage: Stage) -> dict[str, str]:
    """An id of each kind."""
    found = {"org": stage.organisation, "prj": stage.project, "per": stage.people["leader"].person}
    for part in (_people, _data, _compute, _models, _governance, _planning):
        part(stage, found)
    return found


def _people(stage: Stage, found: dict[str, str]) -> None:
    run, owner, leader = stage.edge.run, stage.owner, stage.people["leader"].person
    found["rol"] = run(owner, roles.list, PeopleAsked(person=leader)).items[0].id
    until = stage.edge.clock.now() + timedelta(days=30)
    asked = QualificationAsked(person=leader, name="gate-approver", until=until)
    found["qua"] = run(owner, qualifications.award, asked).id
    found["tok"] = run(owner, tokens.issue, TokenAsked(person=leader, label="a laptop")).id


def _data(stage: Stage, found: dict[str, str]) -> None:
    def send(call: Call) -> str:
        kept: Kept = blobs.receive(call, iter([b"a,b\n1,2\n"]))
        return blobs.sent(call, kept).digest

    run, owner = stage.edge.run, stage.owner
    asked = DatasetAsked(
        name="magic", title="Showers", organisation=stage.organisation, classification="restricted",
        terms=Terms(licence="CC-BY-4.0", purposes=("research",)), contract=Contract(rows_min=1),
    )  # fmt: skip
    found["dst"] = run(owner, datasets.register, asked).id
    files = (FileAsked(name="a.csv", digest=run(owner, send)),)
    found["dsv"] = run(owner, versions.publish, VersionAsked(dataset=found["dst"], files=files)).id


def _compute(stage: Stage, found: dict[str, str]) -> None:
    run, owner, now = stage.edge.run, stage.owner, stage.edge.clock.now()
    lent = Resources(cores=4, memory_bytes=8 << 30)
    prices = Prices(currency="JPY", core_hour=Decimal("4.5"))
    site = SiteAsked(name="aoba-hpc", organisation=stage.organisation, resources=lent, prices=prices)
    found["sit"] = run(owner, sites.register, site).id
    share = AllocationAsked(
        project=stage.project, site=found["sit"], core_hours=Decimal(100), start=now, end=now + timedelta(days=9)
    )
    found["alc"] = run(owner, allocations.grant, share).id
    found["job"] = run(owner, jobs.submit, JobAsked(project=stage.project, name="count", argv=("true",))).id
    kept = blobs.keep(stage.edge, iter([reference_file(rows=200)]))
    found |= {prefix: ids.new(prefix) for prefix in ("art", "usg", "trf")}
    run(owner, _rows, (
        Artifact(id=found["art"], job=found["job"], name="outputs/reference.npz", digest=kept.digest, bytes=kept.bytes),
        Usage(id=found["usg"], job=found["job"], project=stage.project, site=found["sit"], cores=1,
              organisation=stage.organisation, engine="local", native_id="1", cpu_seconds=75.5, wall_seconds=80,
              max_rss_bytes=123_000_000, read_bytes=None, written_bytes=0, basis="wait4", at=now),
        Transform(id=found["trf"], job=found["job"], project=stage.project, requester=owner.person, state="running",
                  transform="tabular", task={"target": "class"}, dataset=found["dst"], source=found["dsv"],
                  version=None, detail="", at=now),
    ))  # fmt: skip


def _rows(call: Call, rows: tuple[object, ...]) -> None:
    call.session.add_all(rows)


def _models(stage: Stage, found: dict[str, str]) -> None:
    run, leader = stage.edge.run, stage.people["leader"]
    opened: EndpointShown = stage.endpoint()
    found |= {"end": opened.id, "mdv": opened.model_version, "gat": opened.gate}
    run(stage.owner, _behind, found)
    watch = MonitorAsked(endpoint=opened.id, reference=found["art"], window=20)
    found["mon"] = run(leader, monitoring.watch, watch).id
    found["prd"] = log(stage, opened, [[9.0, 9.0, 9.0]] * 60, "storm")[0]
    for loop in loops.LOOPS:
        turn(stage.edge, loop)
    decision = DecisionAsked(prediction=found["prd"], verdict="overridden", outcome="h", reason="a muon")
    found["dec"] = run(stage.people["operator"], decisions.decide, decision).id
    found["win"] = ids.new("win")
    run(stage.owner, _window, found)


def _behind(call: Call, found: dict[str, str]) -> None:
    """The run and the model that the stage made; the run gets a job that is on record."""
    row = call.session.query(Run).one()
    row.job, found["run"] = found["job"], row.id
    found["mdl"] = _version(call, found["mdv"])
    provenance.link(
        call,
        Link(source=found["run"], relation="used", target=found["dsv"]),
        Link(source=found["run"], relation="generated", target=found["mdv"]),
    )


def _version(call: Call, version: str) -> str:
    return registry.version(call, version).model


def _window(call: Call, found: dict[str, str]) -> None:
    columns = [{"name": "size", "statistic": 0.9, "p": 1e-9, "changed": True}]
    call.session.add(
        Window(
            id=found["win"], monitor=found["mon"], source="test", number=99, first=found["prd"], last=found["prd"],
            through=1, rows=20, alarm=True, changed=["size"], columns=columns, at=call.now,
        )
    )  # fmt: skip


def _governance(stage: Stage, found: dict[str, str]) -> None:
    run, owner, leader = stage.edge.run, stage.owner, stage.people["leader"]
    named = AccountabilityAsked(
        subject=found["mdv"], person=leader.person, role="leader", statement="I answer.", project=stage.project
    )
    found["acc"] = run(owner, accountability.assign, named).id
    asked = ApprovalAsked(subject=found["gat"], purpose="Into production", role="leader", project=stage.project)
    found["apr"] = run(stage.people["key_user"], approvals.request, asked).id
    rule = ProcedureAsked(subject=found["end"], title="Overriding", text="Say why.", project=stage.project)
    found["prc"] = run(owner, procedures.draft, rule).id
    found["cmt"] = run(stage.people["operator"], procedures.comment, found["prc"], CommentAsked(text="Clouds?")).id
    found["evt"] = stage.edge.read(owner, audit.log, LogAsked()).items[0].id


def _planning(stage: Stage, found: dict[str, str]) -> None:
    run, owner, now = stage.edge.run, stage.owner, stage.edge.clock.now()
    found["plt"] = run(owner, pilots.declare, PilotAsked(text=PILOT.read_text())).id
    step = StepAsked(name="data", place=0, fingerprint="1", outcome={"version": found["dsv"]}, started=now, seconds=2)
    run(owner, pilots.record, found["plt"], step)
    found |= {prefix: ids.new(prefix) for prefix in ("ind", "rpt")}
    document = blobs.keep(stage.edge, iter([REPORT])).digest
    evidence = blobs.keep(stage.edge, iter([b"{}"])).digest
    run(owner, _rows, (
        Indicator(id=found["ind"], pilot=found["plt"], figure="roc_auc", value=0.93, target=0.92, reached=True, at=now),
        Report(id=found["rpt"], pilot=found["plt"], evidence=evidence, document=document, by=owner.person, at=now),
    ))  # fmt: skip
