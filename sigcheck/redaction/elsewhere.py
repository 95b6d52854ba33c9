"""What is secret of URLs that come from elsewhere: a server's redirect may hold a login or a token of its own.

Nobody told us these secrets, so they are known by their places alone: a login in front of the host, and the values of
parameters that are named like a secret.
"""

import re

from sigcheck.redaction.secrets_of import HIDDEN, names_a_secret

_LOGIN = re.compile(r"(?<=://)[^\s/?#@\"'<>]+(?=@)")
_PARAMETER = re.compile(r"(?<=[?&;#])([A-Za-z0-9_.~-]{1,64})=([^\s&;#\"'<>]+)")


def without_logins(text: str) -> str:
    """Hide the logins of URLs in a text, and the values of their parameters that are named like a secret."""
    if "://" in text:
        text = _LOGIN.sub(HIDDEN, text)
    if may_have_parameters(text):
        text = _PARAMETER.sub(_hidden, text)
    return text


def may_have_parameters(text: str) -> bool:
    """Whether a text may have parameters of a URL in it: names of certificates have an equals sign, too."""
    return "=" in text and ("?" in text or "&" in text or ";" in text or "#" in text)


def _hidden(match: re.Match[str]) -> str:
    return f"{match[1]}={HIDDEN}" if names_a_secret(match[1]) else match[0]
