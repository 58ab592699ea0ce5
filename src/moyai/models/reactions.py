"""When something happened below, what models do."""

from moyai.compute.events import JobFinished, JobStarted
from moyai.governance.events import ApprovalDenied, ApprovalGranted, ApprovalRefused
from moyai.kernel.call import Call
from moyai.kernel.reacting import on
from moyai.models import gates, training


def follow_job(call: Call, event: JobStarted) -> None:
    training.began(call, event.about)


def conclude_run(call: Call, event: JobFinished) -> None:
    training.conclude(call, event.about, event.state)


def settle_gate(call: Call, event: ApprovalGranted | ApprovalDenied) -> None:
    gates.settle(call, event.about)


def note_refusal(call: Call, event: ApprovalRefused) -> None:
    gates.refused(call, event.about, event.person, event.reason)


REACTIONS = (
    on(JobStarted, follow_job),
    on(JobFinished, conclude_run),
    on(ApprovalGranted, settle_gate),
    on(ApprovalDenied, settle_gate),
    on(ApprovalRefused, note_refusal),
)
