"""Sites: where jobs run, what each lends and charges, and which data may go there."""

from collections.abc import Sequence

from moyai.compute import rules, store
from moyai.compute.events import SiteRegistered
from moyai.compute.ports import Capability, Executor
from moyai.compute.schema import Finding, Resources, SiteAsked, SiteChecked, SiteShown
from moyai.compute.tables import Site
from moyai.kernel import ids
from moyai.kernel.call import Call
from moyai.kernel.errors import Conflict, Invalid
from moyai.kernel.plugins import Engines
from moyai.kernel.policy import Thing
from moyai.kernel.shapes import Page, PageAsked
from moyai.kernel.units import in_bytes
from moyai.people import organisations


def register(call: Call, asked: SiteAsked) -> SiteShown:
    """Enter a site of an organisation. The engine must be installed here.

    Raises NotAllowed, NotFound (organisation), Unavailable (engine), Invalid, or Conflict when the name is taken.
    """
    organisation = organisations.get(call, asked.organisation).id
    call.require("site.register", Thing("site", organisation=organisation))
    if asked.resources.cores < 1:
        raise Invalid("A site lends at least one core.", fix="Declare its cores.", where="resources.cores")
    if store.site_named(call.session, asked.name):
        raise Conflict(f"There is a site {asked.name!r} already.", fix="Choose another name.", where="name")
    executor(call.engines, asked.engine)
    row = Site(
        id=ids.new("sit"), name=asked.name, organisation=organisation, engine=asked.engine,
        **asked.resources.model_dump(), **asked.prices.model_dump(), data=sorted(set(asked.data)), at=call.now,
    )  # fmt: skip
    store.add(call.session, row)
    call.announce(SiteRegistered(about=row.id, organisation=organisation))
    return store.show_site(call.session, row)


def get(call: Call, site: str) -> SiteShown:
    """By id or name, with what is in use there now. Raises NotFound."""
    call.require("site.read", Thing("site"))
    return store.show_site(call.session, store.site(call.session, site))


def list(call: Call, asked: PageAsked) -> Page[SiteShown]:
    """Every site of the pool, newest first."""
    call.require("site.read", Thing("site"))
    return store.list_sites(call.session, asked)


def check(call: Call, site: str) -> SiteChecked:
    """What the site's engine finds on its machine, beside what is declared.

    Raises NotFound, NotAllowed, or Unavailable.
    """
    row = store.site(call.session, site)
    call.require("site.check", thing(row))
    found = executor(call.engines, row.engine).capability()
    sharing = [other for other in store.sites(call.session) if other.engine == row.engine]
    return SiteChecked(
        site=row.id,
        engine=row.engine,
        version=found.version,
        declared=store.resources(row),
        found=Resources(cores=found.cores, memory_bytes=found.memory_bytes, gpus=found.gpus),
        findings=(*_compare(store.resources(row), found), *_shared(sharing, found), *_notes(found)),
    )


def executor(engines: Engines, name: str) -> Executor:
    """The engine that runs a site's jobs. Raises Unavailable."""
    return engines.get("executors", name)


def thing(row: Site) -> Thing:
    """The site as policies see it: roles held in its organisation count."""
    return Thing("site", row.id, organisation=row.organisation)


def _compare(declared: Resources, found: Capability) -> tuple[Finding, ...]:
    pairs = (
        ("cores", declared.cores, found.cores, str),
        ("memory", declared.memory_bytes, found.memory_bytes, in_bytes),
        ("gpus", declared.gpus, found.gpus, str),
    )
    return tuple(
        Finding(
            topic=topic,
            fits=wanted <= has,
            words=f"{words(wanted)} declared, {words(has)} found: "
            + ("that fits." if wanted <= has else "more is declared than there is."),
        )
        for topic, wanted, has, words in pairs
    )


def _shared(sharing: Sequence[Site], found: Capability) -> tuple[Finding, ...]:
    if len(sharing) < 2:
        return ()
    names = ", ".join(site.name for site in sharing)
    total = rules.sum_of([store.resources(site) for site in sharing])
    words = f"{len(sharing)} sites stand on this engine ({names}) and declare {total.cores} cores together; "
    words += f"{found.cores} are found."
    return (Finding(topic="sharing", fits=total.cores <= found.cores, words=words),)


def _notes(found: Capability) -> tuple[Finding, ...]:
    return tuple(Finding(topic="note", fits=True, words=note) for note in found.notes)
