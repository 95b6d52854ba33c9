"""Templates of the portal: the variables that a callback may have, and how a message fills them."""

import re

from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message
from sigcheck.redaction.hide import hide
from sigcheck.redaction.secrets_of import HIDDEN
from sigcheck.target import FILLED

PLACEHOLDERS = ("device", "time", "seqNumber", "data")

PLACEHOLDER = re.compile(r"(?<!\$)\{([A-Za-z][A-Za-z0-9#]*)\}")
"""A variable as the portal writes it, whether it can be filled or not; `${NAME}` is none, but what `$${NAME}` left."""

_PLACEHOLDER_OR_HIDDEN = re.compile(rf"(?<!\$)\{{([A-Za-z][A-Za-z0-9#]*|{re.escape(HIDDEN)})\}}")
_BRACED_WORD = re.compile(r"(?<!\$)\{([A-Za-z_]+)\}")


def fill(template: str, message: Message) -> str:
    """Fill the placeholders of a template. Device and data are hex and the others integers: nothing to escape."""
    values = {
        "device": message.device,
        "time": str(message.time),
        "seqNumber": str(message.seq_number),
        "data": message.data,
    }
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)


def has_placeholder(template: str) -> bool:
    """Whether one of the four variables occurs in a template."""
    return any(name in PLACEHOLDERS for name in PLACEHOLDER.findall(template))


def check_placeholders(what: str, template: str) -> None:
    """See that a template has no other variables than the four; raises UsageProblem that calls it `what`."""
    # Braces in a secret are the secret's own: they are sent as they stand, and not named here.
    for name in _PLACEHOLDER_OR_HIDDEN.findall(hide(template)):
        if name not in PLACEHOLDERS:
            raise UsageProblem(
                f"{what} has the variable {{{name}}}, which sigcheck cannot fill",
                FILLED,
            )


def check_spelling(what: str, text: str) -> None:
    """See that no variable is one of the four misspelt, where other words in braces are right; raises UsageProblem."""
    right = {name.lower(): name for name in PLACEHOLDERS}
    for name in _BRACED_WORD.findall(hide(text)):
        meant = right.get(name.replace("_", "").lower())
        if meant is not None and name != meant:
            raise UsageProblem(f"{what} has {{{name}}}, which is not filled", f"write {{{meant}}}")
