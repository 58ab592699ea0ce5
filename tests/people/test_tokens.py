"""Who is asking: tokens that are unknown, expired, revoked or limited; and the door that remembers for a while."""

import time

import pytest

from moyai.kernel.clock import Fixed
from moyai.kernel.edge import Edge
from moyai.kernel.errors import Failure, Invalid, NotAllowed, NotAuthenticated, NotFound
from moyai.kernel.policy import Who, moyai
from moyai.people import organisations, persons, roles, tokens
from moyai.people.schema import OrganisationAsked, PeopleAsked, PersonAsked, RoleAsked, RoleName, TokenAsked
from moyai.people.tokens import Door
from tests.people.town import Town


def ask(edge: Edge, secret: str) -> Who:
    return edge.read(moyai("test"), tokens.authenticate, secret)


def journal(edge: Edge) -> str:
    with edge.database.reading() as session:
        rows = session.connection().exec_driver_sql("select name, about, body, actor from kernel_journal").all()
    return "\n".join(" ".join(map(str, row)) for row in rows)


def everything_stored(edge: Edge) -> bytes:
    """Every byte of the database's files."""
    return b"".join(file.read_bytes() for file in edge.home.path.glob("moyai.sqlite*"))


def test_a_new_home_belongs_to_the_person_who_made_it(town: Town):
    who = town.who("owner")
    assert (who.name, [held.role for held in who.roles], who.scopes) == ("Founder", ["owner"], ("*",))
    assert not who.scripted


def test_a_home_is_founded_once(town: Town, edge: Edge):
    assert edge.run(moyai("app"), tokens.found, "Somebody else") is None


def test_a_secret_is_stored_nowhere(town: Town, edge: Edge):
    town.settle("user", "key_user")
    for secret in town.secrets.values():
        assert secret.startswith("moyai_")
        assert len(secret) >= 49
        assert secret not in journal(edge)
        assert secret.encode() not in everything_stored(edge)


def test_a_name_is_not_in_the_journal(town: Town, edge: Edge):
    town.settle("Murasaki Shikibu", "key_user")
    assert "Murasaki" not in journal(edge)
    assert town.persons["Murasaki Shikibu"] in journal(edge)


@pytest.mark.parametrize("secret", ["", "moyai_", "moyai_" + "a" * 43, "Bearer x", "é", "\x00", "x" * 100_000])
def test_an_unknown_token_names_nobody(town: Town, edge: Edge, secret: str):
    with pytest.raises(NotAuthenticated):
        ask(edge, secret)


def test_unknown_expired_and_revoked_get_the_same_answer(town: Town, edge: Edge, clock: Fixed):
    town.settle("late", "key_user")
    town.settle("revoked", "key_user")
    edge.run(town.who("owner"), tokens.revoke, town.token("revoked"))
    clock.move(hours=12)
    said = set()
    for secret in (town.secrets["late"], town.secrets["revoked"], "moyai_unknown"):
        with pytest.raises(NotAuthenticated) as refused:
            ask(edge, secret)
        said.add(str(refused.value))
    assert len(said) == 1


def test_a_token_is_valid_until_the_moment_it_expires(town: Town, edge: Edge, clock: Fixed):
    town.settle("user", "key_user")
    clock.move(hours=11, minutes=59, seconds=59)
    assert ask(edge, town.secrets["user"]).name == "user"
    clock.move(seconds=1)
    with pytest.raises(NotAuthenticated):
        ask(edge, town.secrets["user"])


def test_revoking_twice_changes_nothing(town: Town, edge: Edge, clock: Fixed):
    town.settle("user")
    token = town.token("user")
    first = edge.run(town.who("owner"), tokens.revoke, token)
    clock.move(hours=1)
    assert edge.run(town.who("owner"), tokens.revoke, token) == first
    assert journal(edge).count("TokenRevoked") == 1


def test_other_tokens_of_the_person_live_on(town: Town, edge: Edge):
    town.settle("user")
    first = town.secrets["user"]
    edge.run(town.who("owner"), tokens.revoke, town.token("user"))
    assert ask(edge, first).name == "user"


def test_a_token_says_whether_a_program_decides_with_it(town: Town):
    town.settle("user")
    town.token("user", scripted=True)
    assert town.who("user").scripted


# What a token may do.


def test_a_token_that_reads_does_not_write(town: Town, edge: Edge):
    town.token("owner", scopes=("*.read",))
    reader = town.who("owner")
    assert edge.read(reader, organisations.list, PeopleAsked()).items
    for write in (
        lambda: edge.run(reader, organisations.create, OrganisationAsked(name="c", country="JP", currency="JPY")),
        lambda: edge.run(reader, persons.create, PersonAsked(name="x")),
        lambda: edge.run(reader, roles.grant, RoleAsked(person=reader.person, role=RoleName.STEWARD)),
        lambda: edge.run(reader, tokens.issue, TokenAsked(person=reader.person, label="x")),
    ):
        with pytest.raises(NotAllowed, match=r"limited to \*\.read"):
            write()


@pytest.mark.parametrize("scopes", [("*",), ("*.read",), ("token.*", "role.grant"), ("*.issue", "job.*"), ("tok*",)])
def test_a_token_makes_no_wider_one(town: Town, edge: Edge, scopes: tuple[str, ...]):
    town.token("owner", scopes=("token.*", "job.read"))
    limited = town.who("owner")
    with pytest.raises(NotAllowed, match="limited to"):
        edge.run(limited, tokens.issue, TokenAsked(person=limited.person, label="wider", scopes=scopes, hours=1))


@pytest.mark.parametrize("scopes", [("token.*",), ("token.read", "job.read"), ("token.r*",)])
def test_a_token_makes_a_narrower_one(town: Town, edge: Edge, scopes: tuple[str, ...]):
    town.token("owner", scopes=("token.*", "job.read"))
    limited = town.who("owner")
    asked = TokenAsked(person=limited.person, label="narrower", scopes=scopes, hours=1)
    assert edge.run(limited, tokens.issue, asked).scopes == scopes


def test_a_token_makes_none_that_outlives_it(town: Town, edge: Edge):
    town.settle("user")
    user = town.who("user")
    with pytest.raises(NotAllowed, match="it ends at 2027-01-04 21:00"):
        edge.run(user, tokens.issue, TokenAsked(person=user.person, label="longer", hours=13))
    assert edge.run(user, tokens.issue, TokenAsked(person=user.person, label="shorter", hours=11)).id


def test_the_token_of_a_program_makes_none_that_passes_for_a_person(town: Town, edge: Edge):
    town.settle("user")
    town.token("user", scripted=True)
    user = town.who("user")
    with pytest.raises(NotAllowed, match="program"):
        edge.run(user, tokens.issue, TokenAsked(person=user.person, label="by hand", hours=1))
    assert edge.run(user, tokens.issue, TokenAsked(person=user.person, label="s", hours=1, scripted=True)).scripted


@pytest.mark.parametrize("scope", ["", "*.*.*", "job read", "[a]*", "?", "*;", "job.Read", "x" * 90])
def test_a_scope_is_a_pattern_of_actions(scope: str):
    with pytest.raises(ValueError, match="scopes"):
        TokenAsked(person="per_1", label="x", scopes=(scope,))


@pytest.mark.parametrize("role", [role.value for role in RoleName if role is not RoleName.OWNER])
def test_only_the_owner_issues_tokens_for_others(town: Town, edge: Edge, role: str):
    town.settle("user", role)
    victim = town.settle("victim", "leader")
    with pytest.raises(NotAllowed):
        edge.run(town.who("user"), tokens.issue, TokenAsked(person=victim, label="stolen", hours=1))
    with pytest.raises(NotAllowed):
        edge.run(town.who("user"), tokens.revoke, town.token("victim"))
    with pytest.raises(NotAllowed):
        edge.read(town.who("user"), tokens.list, PeopleAsked(person=victim))
    with pytest.raises(NotAllowed):
        edge.read(town.who("user"), tokens.list, PeopleAsked())


def test_a_token_for_nobody_is_not_issued(town: Town, edge: Edge):
    with pytest.raises(NotFound):
        edge.run(town.who("owner"), tokens.issue, TokenAsked(person="per_nobody", label="x"))


def test_a_list_of_tokens_holds_no_secret(town: Town, edge: Edge):
    town.settle("user")
    listed = edge.read(town.who("owner"), tokens.list, PeopleAsked()).model_dump_json()
    assert town.secrets["user"] not in listed
    assert "secret" not in listed
    assert "digest" not in listed


# The door.


@pytest.fixture
def door(edge: Edge) -> Door:
    return Door(edge)


def elsewhere(edge: Edge) -> Edge:
    """The same home as another process sees it: what it changes, this one is not told."""
    return Edge(edge.settings, edge.home, edge.database, edge.engines, edge.policy, edge.clock)


def test_the_door_asks_the_database_once(town: Town, edge: Edge, door: Door, monkeypatch: pytest.MonkeyPatch):
    asked, who = [], town.who("owner")
    monkeypatch.setattr(tokens, "authenticate", lambda call, secret: asked.append(secret) or who)
    for _ in range(5):
        door.who(town.secrets["owner"])
    assert len(asked) == 1


def test_a_token_revoked_here_is_refused_at_once(town: Town, edge: Edge, door: Door):
    town.settle("user")
    token = town.token("user")
    door.who(town.secrets["user"])
    edge.run(town.who("owner"), tokens.revoke, token)
    with pytest.raises(NotAuthenticated):
        door.who(town.secrets["user"])


def test_a_token_revoked_elsewhere_is_refused_within_the_time_of_the_settings(town: Town, edge: Edge):
    edge.settings = edge.settings.model_copy(update={"policy_seconds": 0.3})
    door = Door(edge)
    town.settle("user")
    token = town.token("user")
    door.who(town.secrets["user"])
    elsewhere(edge).run(town.who("owner"), tokens.revoke, token)
    assert door.who(town.secrets["user"]).name == "user"
    time.sleep(0.31)
    with pytest.raises(NotAuthenticated):
        door.who(town.secrets["user"])


def test_a_role_and_a_certificate_given_here_count_at_once(town: Town, edge: Edge, door: Door):
    person = town.settle("user")
    assert door.who(town.secrets["user"]).roles == ()
    edge.run(town.who("owner"), roles.grant, RoleAsked(person=person, role=RoleName.LEADER))
    town.certify("user", "gate-approver")
    who = door.who(town.secrets["user"])
    assert [held.role for held in who.roles] == ["leader"]
    assert who.qualifications == ("gate-approver",)


def test_a_remembered_token_expires_on_time(town: Town, edge: Edge, door: Door, clock: Fixed):
    town.settle("user")
    door.who(town.secrets["user"])
    clock.move(hours=12)
    assert door.remembered(town.secrets["user"]) is None
    with pytest.raises(NotAuthenticated):
        door.who(town.secrets["user"])


def test_nobody_unknown_is_remembered(town: Town, edge: Edge, door: Door):
    for number in range(10):
        with pytest.raises(NotAuthenticated):
            door.who(f"moyai_{number}")
    assert door.remembered("moyai_1") is None


def test_the_door_forgets_before_it_grows_without_bound(town: Town, edge: Edge, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tokens, "MOST_CACHED", 3)
    door = Door(edge)
    monkeypatch.setattr(tokens, "authenticate", lambda call, secret: Who(person="per_1"))
    for number in range(10):
        door.who(f"moyai_{number}")
    assert sum(door.remembered(f"moyai_{number}") is not None for number in range(10)) <= 3


def test_without_remembering_each_request_is_asked(town: Town, edge: Edge):
    edge.settings = edge.settings.model_copy(update={"policy_seconds": 0.0})
    door = Door(edge)
    door.who(town.secrets["owner"])
    assert door.remembered(town.secrets["owner"]) is None


def test_errors_of_tokens_say_what_to_do(town: Town, edge: Edge):
    town.settle("user")
    faults: list[Failure] = []
    for wrong in (
        lambda: ask(edge, "x"),
        lambda: edge.run(town.who("user"), tokens.issue, TokenAsked(person="per_x", label="x")),
        lambda: edge.run(town.who("user"), tokens.issue, TokenAsked(person=town.persons["user"], label="x", hours=99)),
    ):
        with pytest.raises(Failure) as refused:
            wrong()
        faults.append(refused.value)
    assert all(fault.what.endswith(".") and fault.fix for fault in faults)
    assert not any(isinstance(fault, Invalid) for fault in faults)
