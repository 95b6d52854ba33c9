"""The types of texts, by which redaction goes."""

from typing import Annotated

Own = Annotated[str, "own"]
"""A sentence or a word of ours. Secrets are not looked for in it: what it quotes passed `sigcheck.redaction.hide`."""

Url = Annotated[str, "url"]
"""A URL that the user gave: its login, its values and what looks like a token in its path are secret."""

Mark = Annotated[str, "mark"]
"""What the public logs of certificates know one by: no secret, but it tells whose receiver this is."""
