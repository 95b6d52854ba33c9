"""One callback, sent once: the request, the delivery, and the record of it as the portal would show one."""

from sigcheck.sending.curl import Command, curl_command
from sigcheck.sending.deliver import deliver
from sigcheck.sending.record import Problem, Received, Record, Sent, record_of
from sigcheck.sending.text import as_json, as_text

__all__ = [
    "Command",
    "Problem",
    "Received",
    "Record",
    "Sent",
    "as_json",
    "as_text",
    "curl_command",
    "deliver",
    "record_of",
]
