"""A callback as it is configured in the portal, and the requests that it makes of messages."""

from sigcheck.callback.portal import (
    DEFAULT_BODY,
    FORM,
    FORM_BODY,
    Callback,
    configure,
    filled_target,
    login,
    origin_of,
    parse_header,
)
from sigcheck.callback.template import PLACEHOLDERS, check_placeholders, check_spelling, fill, has_placeholder

__all__ = [
    "DEFAULT_BODY",
    "FORM",
    "FORM_BODY",
    "PLACEHOLDERS",
    "Callback",
    "check_placeholders",
    "check_spelling",
    "configure",
    "fill",
    "filled_target",
    "has_placeholder",
    "login",
    "origin_of",
    "parse_header",
]
