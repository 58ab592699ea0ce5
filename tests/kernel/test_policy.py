"""Deciding: roles count where they were given, scopes bound a token, a forbid wins, and the reason is in words."""

from pathlib import Path

import cedarpy
import pytest

from moyai.kernel import policy
from moyai.kernel.policy import Held, Policy, Thing, Who, moyai

TEXT = """
@id("kernel.owner") permit(principal, action, resource) when { context.roles.contains("owner") };
@id("room.read") @needs("anyone") permit(principal, action == Action::"note.read", resource);
@id("room.write") @needs("a steward") permit(principal, action == Action::"note.write", resource)
when { context.roles.contains("steward") };
@id("room.write-certified") @needs("a certified writer") permit(principal, action == Action::"note.write", resource)
when { context.qualifications.contains("writer") };
@id("room.sealed") @because("it is sealed") forbid(principal, action == Action::"note.write", resource)
when { resource.sealed };
@id("room.browse") @needs("a trainer anywhere") permit(principal, action == Action::"note.browse", resource)
when { context.anywhere.contains("trainer") };
"""
POLICY = Policy(TEXT)
NOTE = Thing("note", "note_1", organisation="org_a", project="prj_a", attrs={"sealed": False})
OTHER = Thing("note", "note_2", organisation="org_b", project="prj_b", attrs={"sealed": False})
SHARED = Thing("note", "note_3", organisation="org_b", organisations=("org_a",), attrs={"sealed": False})


def who(*roles: Held, qualifications: tuple[str, ...] = (), scopes: tuple[str, ...] = ("*",)) -> Who:
    return Who(person="per_1", name="Yuki", roles=roles, qualifications=qualifications, scopes=scopes)


def may(one: Who, action: str, thing: Thing) -> bool:
    return POLICY.decide(one, action, thing).allowed


@pytest.mark.parametrize(
    ("held", "allowed"),
    [
        (Held("steward"), (True, True, True)),
        (Held("steward", organisation="org_a"), (True, False, True)),
        (Held("steward", organisation="org_b"), (False, True, True)),
        (Held("steward", project="prj_a"), (True, False, False)),
        (Held("steward", organisation="org_a", project="prj_b"), (False, True, False)),
        (Held("operator"), (False, False, False)),
    ],
)
def test_a_role_counts_where_it_was_given(held: Held, allowed: tuple[bool, ...]):
    assert tuple(may(who(held), "note.write", thing) for thing in (NOTE, OTHER, SHARED)) == allowed


def test_a_role_of_a_thing_without_a_place_must_be_for_all():
    bare = Thing("note", attrs={"sealed": False})
    assert may(who(Held("steward")), "note.write", bare)
    assert not may(who(Held("steward", organisation="org_a")), "note.write", bare)
    assert not may(who(Held("steward", project="prj_a")), "note.write", bare)


@pytest.mark.parametrize(
    ("scopes", "reads", "writes"),
    [
        (("*",), True, True),
        (("*.read",), True, False),
        (("note.*",), True, True),
        (("note.write",), False, True),
        (("job.*",), False, False),
        (("*.READ",), False, False),
        ((), False, False),
    ],
)
def test_a_token_may_ask_for_its_scopes_only(scopes: tuple[str, ...], reads: bool, writes: bool):
    owner = who(Held("owner"), scopes=scopes)
    assert (may(owner, "note.read", NOTE), may(owner, "note.write", NOTE)) == (reads, writes)


def test_a_forbid_holds_for_the_owner_too():
    decided = POLICY.decide(who(Held("owner")), "note.write", Thing("note", "note_1", attrs={"sealed": True}))
    assert not decided.allowed
    assert decided.reason == "it is sealed"


def test_a_refusal_says_what_it_takes():
    reason = POLICY.decide(who(), "note.write", NOTE).reason
    assert reason == "it takes a steward or a certified writer"


def test_an_action_that_no_policy_knows_is_the_owners_alone():
    assert may(who(Held("owner")), "note.burn", NOTE)
    assert POLICY.decide(who(Held("steward")), "note.burn", NOTE).reason == "it takes the owner"


def test_a_token_that_is_limited_is_told_so():
    assert "limited to *.read" in POLICY.decide(who(scopes=("*.read",)), "note.write", NOTE).reason


def test_a_qualification_can_be_what_it_takes():
    assert may(who(qualifications=("writer",)), "note.write", NOTE)


def test_roles_held_anywhere_are_seen_apart():
    assert may(who(Held("trainer", organisation="org_x")), "note.browse", NOTE)


def test_moyai_itself_may():
    assert may(moyai("compute"), "note.write", Thing("note", attrs={"sealed": True}))


@pytest.mark.parametrize("identifier", ['"', '" || true', "\\", "\n", "日本", ""])
def test_an_id_cannot_speak_policy(identifier: str):
    assert may(who(Held("steward")), "note.write", Thing("note", identifier, attrs={"sealed": False}))
    assert not may(who(), "note.write", Thing("note", identifier, attrs={"sealed": False}))


def test_a_forbid_that_cannot_be_judged_opens_no_door():
    bare = Thing("note", "note_1")  # does not say whether it is sealed
    decided = POLICY.decide(who(Held("steward")), "note.write", bare)
    assert not decided.allowed
    assert "cannot be judged" in decided.reason


def test_a_permit_that_cannot_be_judged_closes_none():
    text = '@id("a") @needs("the writer") permit(principal, action, resource) when { resource.writer == "x" };' + TEXT
    assert Policy(text).decide(who(Held("steward")), "note.write", NOTE).allowed


ROLES = (
    "owner",
    "executive",
    "coordinator",
    "site_operator",
    "steward",
    "key_user",
    "leader",
    "operator",
    "trainer",
    "",
)
ROOMS = Path(policy.__file__).parents[1]


@pytest.mark.parametrize("role", ROLES)
def test_the_rules_of_one_action_decide_as_all_rules_together(role: str):
    together = cedarpy.PolicySet.from_str("\n".join(file.read_text() for file in sorted(ROOMS.glob("*/policy.cedar"))))
    rooms, asker = policy.read(ROOMS), who(*((Held(role),) if role else ()))
    thing = Thing("note", "note_1", organisation="org_a")
    for action in (*rooms.actions(), "nobody.named-this"):
        answer = cedarpy.is_authorized(policy._request(asker, action, thing), together, [policy._entity(thing)])
        refused = answer.diagnostics.errors and "cannot be judged" in rooms.decide(asker, action, thing).reason
        assert rooms.decide(asker, action, thing).allowed == (answer.allowed and not refused)
