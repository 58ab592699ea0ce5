"""People over REST: the life of a consortium, told by requests."""

from tests.faces.conftest import Web
from tests.people.town import Town


def test_a_consortium_is_set_up_over_rest(web: Web):
    owner = web("owner")
    cern = owner.post("/api/v1/organisations", json={"name": "CERN", "country": "CH", "currency": "CHF"})
    assert cern.status_code == 201
    org = cern.json()["id"]
    project = owner.post("/api/v1/projects", json={"name": "flavour", "organisation": org, "members": ["alpha"]})
    assert project.json()["organisation"] == org
    person = owner.post("/api/v1/persons", json={"name": "Maria", "organisation": org}).json()
    granted = owner.post("/api/v1/roles", json={"person": person["id"], "role": "steward", "organisation": org})
    assert granted.json()["organisation"] == org
    until = "2028-01-01T00:00:00+09:00"
    award = owner.post("/api/v1/qualifications", json={"person": person["id"], "name": "gate", "until": until})
    assert award.json()["until"] == "2027-12-31T15:00:00Z"
    issued = owner.post("/api/v1/tokens", json={"person": person["id"], "label": "laptop"}).json()
    maria = web()
    maria.headers["authorization"] = f"Bearer {issued['secret']}"
    assert maria.get("/api/v1/me").json() == {
        "person": person["id"], "name": "Maria", "organisation": org, "roles": [f"steward {org}"],
        "qualifications": ["gate"], "scopes": ["*"], "scripted": False, "expires": issued["expires"],
    }  # fmt: skip
    assert owner.delete(f"/api/v1/roles/{granted.json()['id']}").status_code == 204
    assert owner.post(f"/api/v1/qualifications/{award.json()['id']}/revoke").json()["revoked_at"]
    assert maria.get("/api/v1/me").json()["roles"] == []
    assert owner.post(f"/api/v1/tokens/{issued['id']}/revoke").status_code == 200
    assert maria.get("/api/v1/me").status_code == 401


def test_a_refusal_says_who_what_and_what_it_takes(web: Web, town: Town):
    town.settle("Maria", "steward")
    answer = web("Maria").post("/api/v1/persons", json={"name": "x"})
    assert answer.status_code == 403
    assert answer.json()["detail"] == "Maria may not person create: it takes a coordinator."
    assert answer.json()["facts"] == {"action": "person.create"}


def test_lists_are_walked_page_by_page(web: Web, town: Town):
    for number in range(7):
        town.settle(f"person {number}")
    owner, seen, cursor = web("owner"), [], None
    while True:
        page = owner.get("/api/v1/persons", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen += [person["name"] for person in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert seen == [*(f"person {number}" for number in reversed(range(7))), "Founder"]


def test_what_is_not_there_is_not_found(web: Web):
    for path in ("organisations/nowhere", "projects/nothing", "persons/per_nobody"):
        answer = web("owner").get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["title"]) == (404, "not-found")
    for path in ("tokens/tok_x/revoke", "qualifications/qua_x/revoke"):
        assert web("owner").post(f"/api/v1/{path}").status_code == 404
    assert web("owner").delete("/api/v1/roles/rol_x").status_code == 404


def test_the_same_name_twice_is_a_conflict(web: Web):
    answer = web("owner").post("/api/v1/organisations", json={"name": "alpha", "country": "JP", "currency": "JPY"})
    assert (answer.status_code, answer.json()["title"], answer.json()["where"]) == (409, "conflict", "name")
