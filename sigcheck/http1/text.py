"""Makes bytes of a server's fit for a message."""

SHOWN = 80
"""Characters of a server's text that a message quotes."""


def quoted(raw: bytes) -> str:
    """Quote the start of a server's bytes: printable ASCII in quotes, a dot for each other byte, shortened."""
    text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in raw[: SHOWN + 1])
    return f"'{text if len(text) <= SHOWN else text[: SHOWN - 1] + '…'}'"


def counted(number: int, one: str, many: str = "") -> str:
    """Count things in words: '1 byte', '2 bytes'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
