"""What every test may stand on: a home with a real database, the owner's call, and persons with roles."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from moyai.kernel import policy
from moyai.kernel.call import Call
from moyai.kernel.clock import Fixed
from moyai.kernel.database import Database, Row
from moyai.kernel.edge import Edge, engines
from moyai.kernel.home import Home
from moyai.kernel.policy import Held, Who
from moyai.kernel.settings import Settings

pytest_plugins = ("tests.plugins.loopback",)
START = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
OWNER = Who(person="per_00000000000000000000000000", name="Owner", roles=(Held("owner"),))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make()
    return made


@pytest.fixture
def clock() -> Fixed:
    return Fixed(START)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database as the migrations leave it: made once, copied for each test."""
    file = tmp_path_factory.mktemp("template") / "moyai.sqlite"
    database = Database(f"sqlite:///{file}")
    database.upgrade()
    database.close()
    return file


@pytest.fixture
def edge(home: Home, clock: Fixed, template: Path) -> Iterator[Edge]:
    """An open home on a real SQLite database, migrated, and no server. Tables that a test declares are there too."""
    settings = Settings(home=home.path)
    shutil.copyfile(template, home.path / template.name)
    database = Database(settings.database_url)
    own = [table for table in Row.metadata.sorted_tables if table.name.startswith("test_")]
    Row.metadata.create_all(database.engine, tables=own)
    made = Edge(settings, home, database, engines(home), policy.read(Path(policy.__file__).parents[1]), clock)
    yield made
    made.close()


@pytest.fixture
def owner() -> Who:
    return OWNER


@pytest.fixture
def call(edge: Edge) -> Iterator[Call]:
    """The owner's call in a transaction of its own, committed with its news when the test ends well."""
    with edge.database.writing() as session:
        yield Call(OWNER, session, edge.clock, edge.engines, edge.settings, edge.home, edge.policy)
        session.rollback()


@pytest.fixture
def person() -> Callable[..., Who]:
    """`person("steward", organisation=..., project=..., name=...)`: somebody with one role."""

    def make(*roles: str, organisation: str | None = None, project: str | None = None, name: str = "somebody") -> Who:
        held = tuple(Held(role, organisation, project) for role in roles)
        number = f"{abs(hash(name)) % 10**10:026d}"
        return Who(person=f"per_{number}", name=name, roles=held, organisation=organisation)

    return make
