"""Governance as clients meet it: the SDK over HTTP, with each person's own token and the errors raised again."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from moyai.faces.rest import desk, governance
from moyai.faces.sdk.governance import Accountability, Approvals, Audit, Procedures, Provenance
from moyai.faces.sdk.transport import Transport
from moyai.governance import provenance
from moyai.governance.schema import (
    AccountabilityAsked,
    AnswerAsked,
    ApprovalAsked,
    ApprovalDecision,
    ApprovalsAsked,
    CommentAsked,
    Link,
    LogAsked,
    ProcedureAsked,
    ProceduresAsked,
)
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from moyai.kernel.policy import Who
from moyai.people import tokens
from moyai.people.schema import TokenAsked
from moyai.people.tokens import Door
from tests.governance.conftest import Consortium

Speak = Callable[[Who], Transport]


@pytest.fixture
def speak(edge: Edge, tmp_path: Path) -> Iterator[Speak]:
    """`speak(who)`: a connection that carries a token of that person, to a server on a Unix socket."""
    app = FastAPI()
    app.state.edge, app.state.door = edge, Door(edge)
    desk.handle_problems(app)
    app.include_router(governance.router, prefix="/api/v1")
    path = str(tmp_path / "http.sock")
    server = uvicorn.Server(uvicorn.Config(app, uds=path, log_config=None, ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    opened: list[Transport] = []

    def connect(who: Who) -> Transport:
        issued = edge.run(who, tokens.issue, TokenAsked(person=who.person, label="test"))
        opened.append(Transport("http://moyai", issued.secret, path))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()
    server.should_exit = True
    thread.join(10)


def test_an_approval_is_asked_for_refused_and_granted(consortium: Consortium, speak: Speak):
    mika = consortium.enter("Mika", "leader", organisation=consortium.aoba)
    aiko = consortium.enter("Aiko", "leader", organisation=consortium.birch)
    asking, deciding = Approvals(speak(mika)), Approvals(speak(aiko))
    asked = ApprovalAsked(subject="gat_1", purpose="Open the endpoint", role="leader", project="gamma")
    waiting = asking.request(asked)
    with pytest.raises(NotAllowed, match="nobody approves what they asked for themselves"):
        asking.decide(waiting.id, ApprovalDecision(verdict="granted"))
    granted = deciding.decide(waiting.id, ApprovalDecision(verdict="granted", reason="Fine."))
    assert granted.decided_by == aiko.person
    assert asking.get(waiting.id) == granted
    assert asking.of("gat_1") == (granted,)
    assert deciding.list(ApprovalsAsked(state="waiting")).items == ()
    with pytest.raises(Conflict):
        deciding.decide(waiting.id, ApprovalDecision(verdict="denied", reason="No."))
    audit = Audit(speak(aiko))
    (refused,) = audit.log(LogAsked(name="ApprovalRefused")).items
    assert (refused.about, refused.actor) == (waiting.id, mika.person)
    assert audit.verify().verified


def test_rules_go_from_draft_to_force(consortium: Consortium, speak: Speak):
    leader = Procedures(speak(consortium.enter("Aiko", "leader", project=consortium.gamma)))
    floor = Procedures(speak(consortium.enter("Ren", "operator", project=consortium.gamma)))
    words = ProcedureAsked(subject="end_1", title="Night", text="Stop.", text_ja="止める。", project="gamma")
    version = leader.draft(words)
    assert floor.current("end_1") is None
    said = floor.comment(version.id, CommentAsked(text="When?"))
    leader.answer(said.id, AnswerAsked(text="At once.", taken=False))
    assert leader.enact(version.id).state == "in_force"
    current = floor.current("end_1")
    assert current is not None
    assert current == floor.get(version.id)
    assert floor.list(ProceduresAsked(subject="end_1", state="in_force")).items == (current,)


def test_who_answers_and_where_it_came_from(consortium: Consortium, edge: Edge, speak: Speak):
    aiko = consortium.enter("Aiko", "leader", organisation=consortium.aoba)
    http = speak(aiko)
    duty = Accountability(http)
    assert duty.of("mdv_1") is None
    words = AccountabilityAsked(subject="mdv_1", person=aiko.person, role="leader", statement="I do.", project="gamma")
    assert duty.assign(words) == duty.of("mdv_1")
    assert len(duty.history("mdv_1")) == 1
    links = (Link(source="run_1", relation="generated", target="mdv_1"),)
    edge.run(aiko, provenance.link, *links)
    assert Provenance(http).of("mdv_1", direction="up").links == links
    assert Provenance(http).of("mdv_1", direction="down").links == ()


def test_what_is_not_there_or_not_understood_is_said_so(consortium: Consortium, speak: Speak):
    http = speak(consortium.enter("Aiko", "leader"))
    with pytest.raises(NotFound):
        Approvals(http).get("apr_x")
    with pytest.raises(Invalid, match="Input should be less than or equal to 200"):
        http.raw("GET", "/api/v1/audit/log", params={"limit": 201})
    with pytest.raises(Invalid, match="not one of ours"):
        Audit(http).log(LogAsked(cursor="!"))
    with pytest.raises(Invalid, match="purpose: Field required"):
        http.post("/approvals", LogAsked(about="x"), object)
