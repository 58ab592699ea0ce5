"""Policy decisions a second, as a verb asks them: roles gathered, Cedar asked, the reason told. Writes dated JSON.

Over all rooms' policies and persons who hold several roles; what is permitted and what is refused, in turns.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from bench.record import machine, write
from moyai.kernel import policy
from moyai.kernel.policy import Held, Thing, Who

ROUNDS, TIMES = 9, 2000
HOME, OTHER = "org_00000000000000000000000001", "org_00000000000000000000000002"
PROJECT = "prj_00000000000000000000000001"
THING = Thing("project", PROJECT, organisation=HOME, project=PROJECT, organisations=(OTHER,))
LEADER = Who("per_00000000000000000000000001", roles=(Held("leader", project=PROJECT), Held("trainer", HOME)))
STRANGER = Who(
    "per_00000000000000000000000002", roles=(Held("steward", OTHER), Held("key_user", "org_00000000000000000000000003"))
)
OWNER = Who("per_00000000000000000000000000", roles=(Held("owner"),))
ASKED = {"permitted_by_role": LEADER, "permitted_as_owner": OWNER, "refused": STRANGER}


def rate(decide: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(TIMES):
        decide()
    return TIMES / (time.perf_counter() - began)


def main() -> None:
    rules = policy.read(Path(policy.__file__).parents[1])
    for name, who in ASKED.items():
        if rules.decide(who, "job.submit", THING).allowed == (name == "refused"):
            raise SystemExit(f"{name} is not what is measured")
    taken_on = machine()
    rounds = [
        {name: rate(lambda who=who: rules.decide(who, "job.submit", THING)) for name, who in ASKED.items()}
        for _ in range(ROUNDS)
    ]
    medians = {name: round(statistics.median(one[name] for one in rounds)) for name in ASKED}
    write("policy", {"machine": taken_on, "rounds": ROUNDS, "decisions_per_second": medians, "target": 10_000})


if __name__ == "__main__":
    main()
