"""`moyai sites`: what the members lend, what is in use, whether an engine bears what is declared."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated

import typer

from moyai.compute.schema import (
    GIB,
    AllocationAsked,
    AllocationsAsked,
    Prices,
    Resources,
    SiteAsked,
    SiteShown,
    UsageAsked,
)
from moyai.faces.cli.session import AsJson, client, out, show
from moyai.kernel.shapes import Page, PageAsked, Shape
from moyai.kernel.units import in_bytes

group = typer.Typer(no_args_is_help=True, add_completion=False, help="The members' sites and what they lend.")
Cursor = Annotated[str | None, typer.Option(help="Where the page before ended.")]
Site = Annotated[str, typer.Argument(help="Id or name of the site.")]


class Line(Shape):
    """A site in a table."""

    id: str
    name: str
    cores: str
    memory: str
    waiting: int
    core_hour: str
    data: str


@group.command("list")
def list_(cursor: Cursor = None, json: AsJson = False) -> None:
    """Every site of the pool."""
    with client() as moyai:
        page = moyai.sites.list(PageAsked(cursor=cursor))
    lines = Page(items=tuple(_line(one) for one in page.items), next=page.next)
    show(page if json else lines, json, tuple(Line.model_fields))


@group.command()
def get(site: Site, json: AsJson = False) -> None:
    """One site, and what is in use there now."""
    with client() as moyai:
        show(moyai.sites.get(site), json)


@group.command()
def check(site: Site, json: AsJson = False) -> None:
    """What its engine finds on the machine, beside what it declares; fails when something does not fit."""
    with client() as moyai:
        checked = moyai.sites.check(site)
    if json:
        show(checked, json)
    else:
        out.print(f"{checked.engine}: {checked.version}", markup=False)
        for finding in checked.findings:
            out.print(f"{'ok' if finding.fits else '!!'}  {finding.topic}: {finding.words}", markup=False)
    if not all(finding.fits for finding in checked.findings):
        raise typer.Exit(1)


@group.command()
def register(
    name: str,
    organisation: str,
    cores: Annotated[int, typer.Option(min=1)] = 1,
    memory: Annotated[float, typer.Option(help="GiB of memory.")] = 1.0,
    gpus: int = 0,
    engine: Annotated[str, typer.Option(help="Name of the executor.")] = "local",
    currency: str = "JPY",
    core_hour: Annotated[str, typer.Option(help="Price of a core-hour.")] = "0",
    memory_gb_hour: Annotated[str, typer.Option(help="Price of a GB of memory for an hour.")] = "0",
    storage_gb_month: Annotated[str, typer.Option(help="Price of a GB kept for a month.")] = "0",
    data: Annotated[list[str] | None, typer.Option(help="open, members or restricted; may be given again.")] = None,
    json: AsJson = False,
) -> None:
    """Enter a site of ORGANISATION."""
    prices = {"core_hour": core_hour, "memory_gb_hour": memory_gb_hour, "storage_gb_month": storage_gb_month}
    asked = SiteAsked.model_validate(
        {
            "name": name, "organisation": organisation, "engine": engine, "data": data or ["open"],
            "resources": Resources(cores=cores, memory_bytes=round(memory * GIB), gpus=gpus),
            "prices": Prices.model_validate({"currency": currency, **prices}),
        }
    )  # fmt: skip
    with client() as moyai:
        show(moyai.sites.register(asked), json)


@group.command()
def grant(project: str, site: str, core_hours: str, days: int = 90, json: AsJson = False) -> None:
    """Give PROJECT that many core-hours at SITE, from now on."""
    now = datetime.now(UTC)
    asked = AllocationAsked(
        project=project, site=site, core_hours=Decimal(core_hours), start=now, end=now + timedelta(days=days)
    )
    with client() as moyai:
        show(moyai.allocations.grant(asked), json)


@group.command()
def allocations(project: str | None = None, cursor: Cursor = None, json: AsJson = False) -> None:
    """What was granted, is held by jobs, was used, and is left, in core-hours."""
    with client() as moyai:
        page = moyai.allocations.list(AllocationsAsked(project=project, cursor=cursor))
        show(page, json, ("id", "project", "site", "core_hours", "reserved", "used", "left", "end"))


@group.command()
def usage(
    project: str | None = None, organisation: str | None = None, cursor: Cursor = None, json: AsJson = False
) -> None:
    """What jobs really used, as it was measured."""
    with client() as moyai:
        page = moyai.usage.list(UsageAsked(project=project, organisation=organisation, cursor=cursor))
        show(page, json, ("job", "site", "cpu_seconds", "wall_seconds", "max_rss_bytes", "read_bytes", "written_bytes"))


def _line(site: SiteShown) -> Line:
    lent, used = site.resources, site.in_use
    return Line(
        id=site.id, name=site.name, cores=f"{used.cores} of {lent.cores} in use", memory=in_bytes(lent.memory_bytes),
        waiting=site.waiting, core_hour=f"{site.prices.core_hour} {site.prices.currency}", data=", ".join(site.data),
    )  # fmt: skip
