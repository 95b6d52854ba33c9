"""A callback as it is configured in the portal, and the requests that it makes of messages."""

from sigcheck.callback.checks import FORM
from sigcheck.callback.kinds import CALLBACK_TYPES, DEFAULT_TYPE, CallbackType, TypeName
from sigcheck.callback.payload_config import PayloadConfig, parse_payload_config
from sigcheck.callback.places import filled_target, login, origin_of, parse_header
from sigcheck.callback.portal import Callback, configure
from sigcheck.callback.template import (
    PLACEHOLDERS,
    check_placeholders,
    check_spelling,
    fill,
    has_placeholder,
    message_fields,
    of_message,
    tells_messages,
    variables_in,
)
from sigcheck.callback.values import Values, parse_values
from sigcheck.callback.variables import Variable

DEFAULT_BODY = CALLBACK_TYPES[DEFAULT_TYPE].body
"""What is sent where nothing else is asked for."""

__all__ = [
    "CALLBACK_TYPES",
    "DEFAULT_BODY",
    "DEFAULT_TYPE",
    "FORM",
    "PLACEHOLDERS",
    "Callback",
    "CallbackType",
    "PayloadConfig",
    "TypeName",
    "Values",
    "Variable",
    "check_placeholders",
    "check_spelling",
    "configure",
    "fill",
    "filled_target",
    "has_placeholder",
    "login",
    "message_fields",
    "of_message",
    "origin_of",
    "parse_header",
    "parse_payload_config",
    "parse_values",
    "tells_messages",
    "variables_in",
]
