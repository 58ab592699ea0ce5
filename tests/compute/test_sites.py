"""Sites: registered by those who run them, and measured against their engine."""

from decimal import Decimal

import pytest

from moyai.compute import sites
from moyai.compute.ports import Capability
from moyai.compute.schema import Prices, Resources, SiteAsked
from moyai.kernel.errors import Conflict, NotAllowed, NotFound, Unavailable
from moyai.kernel.policy import Held, Who
from moyai.kernel.shapes import PageAsked
from tests.compute.conftest import GIB, Pool


class Small:
    """An engine on a machine with two cores."""

    def capability(self) -> Capability:
        return Capability(2, 16 * GIB, 0, "small 1", ("Cores are not enforced.",))


def test_a_site_is_found_by_name_with_its_exact_prices(pool: Pool):
    made = pool.site(price="0.123456")
    shown = pool.edge.read(pool.owner, sites.get, "North")
    assert shown == made
    assert shown.prices.core_hour == Decimal("0.123456")
    assert shown.in_use == Resources(cores=0, memory_bytes=0)
    assert [one.id for one in pool.edge.read(pool.owner, sites.list, PageAsked()).items] == [made.id]


def test_what_waits_is_shown(pool: Pool):
    pool.share(pool.site())
    pool.submit()
    assert pool.edge.read(pool.owner, sites.get, "North").waiting == 1


def test_two_sites_cannot_have_one_name_and_an_engine_must_be_installed(pool: Pool):
    pool.site()
    with pytest.raises(Conflict):
        pool.site()
    with pytest.raises(Unavailable, match="No engine 'cray'"):
        pool.site("East", engine="cray")
    with pytest.raises(NotFound):
        pool.edge.read(pool.owner, sites.get, "East")


def test_a_site_is_registered_by_its_own_operator(pool: Pool):
    asked = SiteAsked(
        name="South", organisation=pool.south, resources=Resources(cores=1, memory_bytes=GIB),
        prices=Prices(currency="JPY"),
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        pool.edge.run(Who("per_2", roles=(Held("site_operator", pool.north),)), sites.register, asked)
    made = pool.edge.run(Who("per_2", roles=(Held("site_operator", pool.south),)), sites.register, asked)
    assert made.organisation == pool.south


def test_a_check_says_what_fits_and_what_does_not(pool: Pool):
    pool.edge.engines.put("executors", "small", Small())
    site = pool.site(engine="small", cores=4)
    found = {one.topic: one for one in pool.edge.read(pool.owner, sites.check, site.id).findings}
    assert not found["cores"].fits
    assert found["cores"].words == "4 declared, 2 found: more is declared than there is."
    assert found["memory"].fits and "8.6 GB declared, 17.2 GB found: that fits." in found["memory"].words
    assert found["note"].words == "Cores are not enforced."
    assert "sharing" not in found


def test_sites_on_one_engine_are_told_so(pool: Pool):
    pool.edge.engines.put("executors", "small", Small())
    pool.site("North", engine="small", cores=2)
    pool.site("South", pool.south, engine="small", cores=2)
    (sharing,) = [
        one for one in pool.edge.read(pool.owner, sites.check, "South").findings if one.topic == "sharing"
    ]  # fmt: skip
    assert not sharing.fits
    assert "2 sites stand on this engine (North, South) and declare 4 cores together; 2 are found." in sharing.words
