"""Templates of the portal: where a variable stands in one, and what is put in its place."""

import re
from collections.abc import Callable, Container, Iterable, Mapping

from sigcheck.callback.kinds import CALLBACK_TYPES
from sigcheck.callback.values import Values, unknown_variables
from sigcheck.callback.variables import DATA, DEVICE, SEQUENCE, TIME
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message
from sigcheck.redaction.hide import hide
from sigcheck.redaction.secrets_of import HIDDEN
from sigcheck.target import FILLED

PLACEHOLDERS = tuple(each.name for each in (DEVICE, TIME, SEQUENCE, DATA))
"""What identifies a message, and its payload: what an observer can be asked about."""

_FIELDS = {each.name: each.of for kind in CALLBACK_TYPES.values() for each in kind.variables if each.of is not None}
"""Every variable that a message itself fills, under all the names that the types give it, and the message's field."""

_NAME = r"[A-Za-z][A-Za-z0-9]*(?:(?:#|%23)[A-Za-z0-9_-]*)?"

PLACEHOLDER = re.compile(rf"(?<!\$)\{{({_NAME})\}}")
"""A variable as the portal writes it, whether it can be filled or not; `${NAME}` is none, but what `$${NAME}` left.

In a URL the # of a custom variable may be escaped: `sigcheck.target` does that, so that it begins no fragment.
"""

_PLACEHOLDER_OR_HIDDEN = re.compile(rf"(?<!\$)\{{({_NAME}|{re.escape(HIDDEN)})\}}")
_BRACED_WORD = re.compile(r"(?<!\$)\{([A-Za-z_]+)\}")


def _plain(name: str) -> str:
    return name.replace("%23", "#")


def variables_in(template: str) -> tuple[str, ...]:
    """Give the names of the variables in a template, in order and each once."""
    return tuple(dict.fromkeys(_plain(name) for name in PLACEHOLDER.findall(template)))


def unfilled(template: str, known: Container[str]) -> tuple[str, ...]:
    """Give the names of the variables in a template that are not `known`, to name them in a message.

    Those that are a secret's own are left out. A secret may be a word such as "device": {device} is then a variable all
    the same.
    """
    names = tuple(dict.fromkeys(_plain(name) for name in _PLACEHOLDER_OR_HIDDEN.findall(hide(template))))
    hidden = any(name not in known and hide(f"{{{name}}}") == f"{{{HIDDEN}}}" for name in variables_in(template))
    return tuple(name for name in names if (hidden if name == HIDDEN else name not in known))


def of_message(message: Message) -> dict[str, str]:
    """Give the text of every variable that a message itself fills."""
    return {name: str(getattr(message, field)) for name, field in _FIELDS.items()}


def put_in(template: str, values: Mapping[str, str], escape: Callable[[str, str], str] = lambda _, text: text) -> str:
    """Put values in the place of a template's variables; `escape` gets the name and the text and makes it fit."""

    def text(match: re.Match[str]) -> str:
        name = _plain(match[1])
        return escape(name, values[name]) if name in values else match[0]

    return PLACEHOLDER.sub(text, template)


def fill(template: str, message: Message) -> str:
    """Fill what a message itself fills. Device and data are hex and the others integers: nothing to escape."""
    return put_in(template, of_message(message))


def has_placeholder(template: str) -> bool:
    """Whether a variable that a message itself fills occurs in a template."""
    return any(name in _FIELDS for name in variables_in(template))


def tells_messages(template: str) -> bool:
    """Whether a template has something in it that two messages of a device do not share."""
    return bool(message_fields(variables_in(template)) & {"time", "seq_number"})


def message_fields(names: Iterable[str]) -> frozenset[str]:
    """Give the fields of a message that these variables carry."""
    return frozenset(_FIELDS[name] for name in names if name in _FIELDS)


def check_placeholders(what: str, template: str) -> None:
    """See that a template has only variables that a message itself fills; raises UsageProblem that calls it `what`."""
    # Braces in a secret are the secret's own: they are sent as they stand, and not named here.
    for name in unfilled(template, _FIELDS):
        raise UsageProblem(f"{what} has the variable {{{name}}}, which sigcheck cannot fill", FILLED)


def check_variables(templates: Mapping[str, str], values: Values) -> None:
    """See that a callback's templates have only variables that it can fill; raises UsageProblem with all others.

    `templates` has each template under what it is called.
    """
    known = values.names
    unknown = {what: names for what, template in templates.items() if (names := unfilled(template, known))}
    if unknown:
        raise unknown_variables(unknown, values)


def check_spelling(what: str, text: str) -> None:
    """See that no variable is one of the four misspelt, where other words in braces are right; raises UsageProblem."""
    right = {name.lower(): name for name in PLACEHOLDERS}
    for name in _BRACED_WORD.findall(hide(text)):
        meant = right.get(name.replace("_", "").lower())
        if meant is not None and name != meant:
            raise UsageProblem(f"{what} has {{{name}}}, which is not filled", f"write {{{meant}}}")
