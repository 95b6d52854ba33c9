"""The callback types and their variables, written as Markdown from their tables."""

from collections.abc import Sequence

from sigcheck.callback import CALLBACK_TYPES, CallbackType, Variable
from sigcheck.callback.values import OWN_OPTIONS

_SAYS_SURE = {
    "official": "a page of Sigfox names it today",
    "old official text": "an older official text names it, and newer ones no longer confirm it",
    "third party": "a receiver or a portal uses it, and no page of Sigfox names it",
    "inferred": "it is inferred",
}


def names_of_type(kind: CallbackType) -> tuple[str, ...]:
    """Give what a type is called when it is asked for: its name first."""
    short = kind.name.rpartition("/")[2]
    spaced = kind.name.replace("/", " ")
    return (kind.name, spaced, spaced.replace("-", "_"), spaced.replace("-", " "), short, f"{short} callback")


def type_section(kind: CallbackType) -> str:
    """Give the section of a type on the page of them all."""
    lines = [
        f"## {kind.name}",
        *_about_type(kind),
        "| Variable | JSON type | Default | Unit | What it is | How sure |",
        "|---|---|---|---|---|---|",
        *map(_row, kind.variables),
        "",
    ]
    return "\n".join(lines)


def type_page(kind: CallbackType) -> str:
    """Give the page of a type, as `sigcheck explain` prints it."""
    lines = [
        f"# {kind.name}",
        *_about_type(kind),
        "Its variables, with their JSON type, their default, and how sure it is that they exist:",
        "",
        *map(_item, kind.variables),
        "",
        f"Sources: {', '.join(dict.fromkeys(each.source for each in kind.variables))}.",
        "",
        f"Give the type with `--type {kind.name}`. `--var NAME=VALUE` puts a value in the place of a default.",
        "",
    ]
    if kind.custom:
        lines += [
            "With `--payload-config` it also has variables `{customData#NAME}`, which are read out of `data`.",
            "",
        ]
    return "\n".join([*lines, "Read on: `sigcheck explain callback-types`"])


def _about_type(kind: CallbackType) -> list[str]:
    api = "It is not in the Sigfox API" if kind.api is None else f"In the Sigfox API: callbackType {kind.api[0]}"
    if kind.api is not None and kind.api[1] is not None:
        api += f", callbackSubtype {kind.api[1]}"
    return [
        "",
        f"{kind.about[0].upper()}{kind.about[1:]}. {api}.",
        *(["", kind.ends] if kind.ends else []),
        "",
        f"Two calls are the same if {_listed(kind.identity)} are. The default body is `{kind.body}`.",
        "",
    ]


def _item(each: Variable) -> str:
    kind = _json_type(each) + (f" in {each.unit}" if each.unit else "")
    default = "the message's own" if each.of is not None else f"`{each.default}`"
    needs = f", with the contract option {each.needs}" if each.needs else ""
    return f"- `{each.name}` ({kind}, {default}): {each.about} ({each.certainty}{needs})"


def variable_page(name: str) -> str:
    """Give the page of a variable that some type has: what it is in each."""
    held = [(kind, found) for kind in CALLBACK_TYPES.values() if (found := kind.variable(name)) is not None]
    lines = [f"# {name}", "", "A variable of callbacks, which templates write as `{" + name + "}`.", ""]
    for about in dict.fromkeys(_about(each) for _, each in held):
        types = [kind.name for kind, each in held if _about(each) == about]
        lines += [f"In {_and(types)}: {about}", ""]
    of = next((each.of for _, each in held if each.of is not None), None)
    fix = f"`--var {name}=VALUE` sets another value."
    if of is not None:
        option = OWN_OPTIONS[of]
        fix = "Each message brings its own value" + (f", and `{option}` sets it." if option else ".")
    return "\n".join([*lines, fix, "", f"Read on: `sigcheck explain {held[0][0].name}`"])


def _about(each: Variable) -> str:
    default = "" if each.of is not None else f" The default is `{each.default}`."
    unit = f" in {each.unit}" if each.unit else ""
    needs = f" The device needs the contract option {each.needs}." if each.needs else ""
    sure = f"{_SAYS_SURE[each.certainty]} ({each.source})"
    return f"{each.about} ({_json_type(each)}{unit}).{default}{needs} How sure this is: {sure}."


def _listed(names: tuple[str, ...]) -> str:
    return _and([f"`{name}`" for name in names])


def _and(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _json_type(each: Variable) -> str:
    return {"hex": "string (hex)", "raw": "raw JSON"}.get(each.kind, each.kind)


def _row(each: Variable) -> str:
    default = "its message's" if each.of is not None else f"`{each.default}`"
    sure = each.certainty + (f"; needs the contract option {each.needs}" if each.needs else "")
    return f"| `{each.name}` | {_json_type(each)} | {default} | {each.unit} | {each.about} | {sure}, {each.source} |"
