"""Makes bytes of a server's fit for a message."""

from sigcheck.redaction.hide import hide

LONGEST = 4096
"""Bytes in which secrets are looked for, where the start of them is quoted."""

SHOWN = 80
"""Characters of a server's text that a message quotes."""


def quoted(raw: bytes) -> str:
    """Quote the start of a server's bytes: printable ASCII in quotes, a dot for each other byte, shortened."""
    # Hidden first: of a secret that a cut shortens, a beginning would be left.
    text = hide(raw[:LONGEST].decode("latin-1"))
    text = "".join(each if " " <= each <= "~" else "." for each in text[: SHOWN + 1])
    return f"'{text if len(text) <= SHOWN else text[: SHOWN - 1] + '…'}'"


def counted(number: int, one: str, many: str = "") -> str:
    """Count things in words: '1 byte', '2 bytes'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
