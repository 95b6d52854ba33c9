"""The one place that makes text from elsewhere harmless to a terminal and to a CI log, and visible as what it is.

Servers, certificates, observers, commands and files write it: each control, each character that nobody sees or that
moves others, and each order to a CI system is shown as what it is.
"""

import re
import unicodedata
from functools import lru_cache

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
"""Unicode's categories of controls, formats (overrides of direction, tags, zero widths), surrogates, private and
unassigned characters, separators, and spaces, of which the plain one alone is shown."""

_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""Letters and marks that show nothing (Unicode's Default_Ignorable_Code_Point), and the blank Braille pattern."""

_UNUSUAL = re.compile(r"[^ -~]")

_ORDER = re.compile(r"(?<!:):{2,}+(?=[0-9A-Fa-f]*+[G-Zg-z_-])|(?<!#)#{2,}+(?=\[|vso\[|teamcity\[)")
"""What CI systems read as an order where a log has it: "::error ...", "##[error]", "##vso[...]", "##teamcity[...]".

Wherever it stands: a report wraps lines, and so could bring it to the start of one. An IPv6 address is none.
"""


def is_harmless(text: str) -> bool:
    """Whether `disarm` surely leaves a text as it is."""
    return text.isascii() and text.isprintable() and "::" not in text and "##" not in text


def disarm(text: str) -> str:
    """Give text without anything that a terminal or a CI log would obey, and nobody would see."""
    if is_harmless(text):
        return text
    text = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates would break every writer
    text = _UNUSUAL.sub(lambda match: _visible(match.group()), text)
    return _ORDER.sub(lambda match: " ".join(match.group()), text)


@lru_cache(256)
def _visible(character: str) -> str:
    if unicodedata.category(character) not in _INVISIBLE and _BLANK.match(character) is None:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
