"""What stands in the place of each variable of a callback, for one message."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import msgspec
from msgspec import Struct

from sigcheck.callback.kinds import CALLBACK_TYPES, DEFAULT_TYPE, CallbackType, types_with
from sigcheck.callback.payload_config import CUSTOM, PayloadConfig
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message

_VAR = re.compile(r"([A-Za-z][A-Za-z0-9]*(?:#[A-Za-z0-9_-]+)?)=(.*)", re.DOTALL)
LONGEST_VALUE = 4096
"""Characters of a value that is given with --var. Our choice: no variable of the portal is nearly as long."""

ACK = "ack"
"""The variable that says whether the device waits for a downlink."""

MOST_NAMED, LONGEST_NAMED = 10, 60
"""Unknown variables that a message names, and characters of each: more would be no help."""

OWN_OPTIONS = {"device": "--device", "data": "--data", "time": "", "seq_number": ""}
"""Where a value that each message brings itself is set; "" where the run draws it."""


class Values(Struct, frozen=True):
    """The variables of a callback of one type. `given` are the values that the user set, by variable."""

    type: CallbackType = CALLBACK_TYPES[DEFAULT_TYPE]
    given: dict[str, str] = {}
    payload: PayloadConfig | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every variable that can be filled."""
        custom = () if self.payload is None or not self.type.custom else self.payload.names
        return (*(each.name for each in self.type.variables), *custom)

    def of(self, message: Message) -> dict[str, str]:
        """Give the text of each variable for a message: its own values, what the user set, the defaults."""
        found = {
            each.name: each.default if each.of is None else str(getattr(message, each.of))
            for each in self.type.variables
        }
        if self.payload is not None and self.type.custom:
            found |= self.payload.values(message.data)
        if message.ack is not None and ACK in found:
            found[ACK] = "true" if message.ack else "false"
        return found | self.given

    @property
    def ack(self) -> bool | None:
        """Whether `ack` asks for a downlink where a message does not say; None for a type that has no such variable."""
        variable = self.type.variable(ACK)
        return None if variable is None else self.given.get(ACK, variable.default).lower() not in {"false", "0"}


def parse_values(kind: CallbackType, given: tuple[str, ...], payload: PayloadConfig | None) -> Values:
    """Read what was given with --var; raises UsageProblem that never repeats a value."""
    if payload is not None and not kind.custom:
        custom = ", ".join(each.name for each in CALLBACK_TYPES.values() if each.custom)
        raise UsageProblem(
            f"--payload-config is given, and {kind.name} has no custom variables", f"only {custom} have them"
        )
    values = Values(kind, {}, payload)
    found: dict[str, str] = {}
    for text in given:
        match = _VAR.fullmatch(text)
        if match is None:
            raise UsageProblem("--var is not NAME=VALUE", "write a variable and its value, such as rssi=-120")
        name, value = match[1], match[2]
        if name not in values.names:
            raise _not_known(name, values)
        variable = kind.variable(name)
        if variable is not None and variable.of is not None:
            where = OWN_OPTIONS[variable.of]
            fix = f"give {where}" if where else "leave it out"
            raise UsageProblem(f"--var {name}: each message brings its own", fix)
        if name in found:
            raise UsageProblem(f"--var {name} is given twice", "give it once")
        if not value.isprintable() or len(value) > LONGEST_VALUE:
            raise UsageProblem(
                f"--var {name} has control characters, or more than {LONGEST_VALUE} characters", "give plain text"
            )
        if variable is not None and variable.kind == "raw" and not _is_json(value):
            raise UsageProblem(
                f"--var {name}: the value is not JSON", "the portal inserts raw JSON for it, so give that"
            )
        found[name] = value
    return Values(kind, found, payload)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def unknown_variables(unknown: Mapping[str, Sequence[str]], values: Values) -> UsageProblem:
    """Say which variables a callback cannot fill, by what has them: the nearest names, and the types that have them."""
    places = []
    for what, names in unknown.items():
        different = list(dict.fromkeys(names))
        *first, last = [f"{{{name[:LONGEST_NAMED]}}}" for name in different[:MOST_NAMED]]
        if len(different) > MOST_NAMED:
            first, last = [*first, last], f"{len(different) - MOST_NAMED} more"
        said = f"{', '.join(first)} and {last}" if first else last
        places.append(f"{what} has the {'variable' if len(different) == 1 else 'variables'} {said}")
    advice = list(dict.fromkeys(_advice(name, values) for names in unknown.values() for name in names[:MOST_NAMED]))
    return UsageProblem(f"{', '.join(places)}, which {values.type.name} does not have", "; ".join(advice[:MOST_NAMED]))


def _not_known(name: str, values: Values) -> UsageProblem:
    """Say that --var names a variable that the type does not have."""
    shown = name[:LONGEST_NAMED]
    problem = unknown_variables({"--var": [name]}, values)
    listing = f"`sigcheck explain {values.type.name}` lists them"
    fix = listing if problem.fix == _in_place_of(shown, values) else problem.fix
    return UsageProblem(f"--var {shown}: {values.type.name} has no such variable", fix)


def _in_place_of(name: str, values: Values) -> str:
    return f"put a sample value in the place of {{{name}}}; `sigcheck explain {values.type.name}` lists the variables"


def _called_otherwise(name: str, kind: CallbackType) -> str | None:
    """Give what a type calls that which a message fills under this name in other types; None where it has no such."""
    fields = {each.of for other in CALLBACK_TYPES.values() for each in other.variables if each.name == name and each.of}
    return next((each.name for each in kind.variables if each.of in fields), None)


def _advice(name: str, values: Values) -> str:
    name = name[:LONGEST_NAMED]
    if name.startswith(CUSTOM):
        if not values.type.custom:
            custom = " or ".join(each.name for each in CALLBACK_TYPES.values() if each.custom)
            return f"{{{name}}} needs --type {custom}"
        if values.payload is None:
            return f"give --payload-config for {{{name}}}"
        return f"{{{name}}} is not in --payload-config, which has {', '.join(values.payload.names[:MOST_NAMED])}"
    if own := _called_otherwise(name, values.type):
        return f"for {{{name}}} write {{{own}}}, as {values.type.name} callbacks call it"
    if types := types_with(name):
        return f"{{{name}}} needs --type {' or '.join(types)}"
    lower = {each.lower(): each for each in values.names}
    everywhere = {each.name.lower(): each.name for kind in CALLBACK_TYPES.values() for each in kind.variables}
    close = get_close_matches(name.replace("_", "").lower(), list(lower), n=2, cutoff=0.7)
    if close:
        return f"for {{{name}}} write {' or '.join(f'{{{lower[each]}}}' for each in close)}"
    far = get_close_matches(name.replace("_", "").lower(), list(everywhere), n=1, cutoff=0.7)
    if far:
        meant = everywhere[far[0]]
        return f"for {{{name}}} write {{{meant}}}, which needs --type {' or '.join(types_with(meant))}"
    return _in_place_of(name, values)
