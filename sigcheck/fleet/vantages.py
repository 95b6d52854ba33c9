"""From where each target of a fleet is examined: one target more for each place, and none that is not asked for."""

from collections.abc import Iterable

from msgspec import Struct, structs

from sigcheck.config.given import Given, Settings
from sigcheck.config.vantage import Vantage, vantage_of
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem
from sigcheck.fleet.target import FleetTarget

SETTING = "vantage"


class Asked(Struct, frozen=True):
    """What the command line says: names of places, and the side of the Cloud's range, over what the file says."""

    places: tuple[str, ...] = ()
    side: Given | None = None


class Spread(Struct, frozen=True):
    """The targets by place. `elsewhere` is how many name places and are examined from here all the same."""

    targets: tuple[FleetTarget, ...]
    elsewhere: int = 0


def split(given: Settings) -> tuple[Settings, Asked]:
    """Take what the command line says of places out of its settings, as it chooses targets and changes none.

    Raises UsageProblem.
    """
    said = _said(given)
    kept = {name: values for name, values in given.items() if name != SETTING}
    return kept, Asked(said.places, structs.replace(given[SETTING][-1], value=said.side) if said.side else None)


def spread(targets: Iterable[FleetTarget], asked: Asked, *, many: bool) -> Spread:
    """Give each target once for each place that it is examined from.

    `many`: there are workers in several places; otherwise this machine is in the one that is asked for. Raises
    UsageProblem.
    """
    if len(asked.places) > 1 and not many:
        raise UsageProblem(
            "--vantage names several places, and this machine is in one",
            "name the one, or give --dask ADDRESS with workers in all of them",
        )
    found: list[FleetTarget] = []
    elsewhere = 0
    for target in targets:
        own = _said(target.wanted.settings)
        if not many and not asked.places:
            elsewhere += bool(own.places)
            places: tuple[str, ...] = ("",)
        elif not own.places:
            places = asked.places or ("",)
        else:
            places = tuple(each for each in own.places if not asked.places or each in asked.places)
        found += (_seen_from(target, place, own, asked.side) for place in places)
    return Spread(tuple(found), elsewhere)


def _said(settings: Settings) -> Vantage:
    given = settings.get(SETTING, ())
    texts: list[str] = []
    for one in given:
        values = [one.value] if isinstance(one.value, str) else one.value
        if not isinstance(values, list | tuple) or not all(isinstance(each, str) for each in values):
            raise UsageProblem(f"{one.spelled} must be a list of strings", 'write one such as ["eu", "us"]')
        texts += values
    return vantage_of(texts, given[-1].spelled) if given else Vantage()


def _seen_from(target: FleetTarget, place: str, own: Vantage, side: Given | None) -> FleetTarget:
    settings = {name: values for name, values in target.wanted.settings.items() if name != SETTING}
    words = tuple(str(each) for each in (side.value if side is not None else own.side, place) if each)
    if words:
        given = (side,) if side is not None else target.wanted.settings.get(SETTING, (Given((), SETTING, SETTING),))
        settings[SETTING] = (structs.replace(given[-1], value=words),)
    wanted = Wanted(target.wanted.name, settings, target.wanted.place)
    return structs.replace(target, wanted=wanted, vantage=place)
