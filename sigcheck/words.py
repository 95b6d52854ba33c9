"""The types of texts, by which redaction goes, and how a long text is shortened."""

from typing import Annotated

Own = Annotated[str, "own"]
"""A sentence or a word of ours. Secrets are not looked for in it: what it quotes passed `sigcheck.redaction.hide`."""

Url = Annotated[str, "url"]
"""A URL that the user gave: its login, its values and what looks like a token in its path are secret."""

Mark = Annotated[str, "mark"]
"""What the public logs of certificates know one by: no secret, but it tells whose receiver this is."""


def shortened(text: str, most: int) -> str:
    """Give a text of at most `most` characters: a longer one ends at a blank, and with an ellipsis."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    # One word may be as long as a token: then nothing would be left of it.
    at = len(cut) if text[most - 1].isspace() else cut.rfind(" ")
    return (cut[:at] if at > most // 2 else cut).rstrip(" ,;:") + "…"
