"""What an HTTP/1.1 answer is, read as leniently as any real client reads it, and which clients refuse it for what."""

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from sigcheck.words import Own

HttpClient = Literal["curl", "HttpURLConnection", "java.net.http"]
"""The clients whose behaviour is measured in docs/http-clients.md; the last two are those of a JDK."""

CLIENTS: tuple[HttpClient, ...] = ("curl", "HttpURLConnection", "java.net.http")

BodyState = Literal["complete", "open", "capped", "broken"]
"""How far a body was read: whole, still coming, as far as is read at all, or damaged."""


class OddityKind(StrEnum):
    """Every way in which an answer can be odd."""

    STATUS_LINE = "status-line"
    INTERIM = "interim"
    HEADER_SYNTAX = "header-syntax"
    HEADER_SIZE = "header-size"
    HEAD_CUT = "head-cut"
    LENGTH = "length"
    FRAMING = "framing"
    BODY_FORBIDDEN = "body-forbidden"
    BODY = "body"
    SURPLUS = "surplus"


class Oddity(Struct, frozen=True):
    """One thing that is odd about an answer. `message` says what was seen; `fix` is what to do about it.

    `refused_by` names the clients that give their caller no status, or another one, because of it; () is a remark.
    `body_lost_by` names those that give the status and then fail to read the body.
    """

    kind: OddityKind
    message: Own
    refused_by: tuple[HttpClient, ...] = ()
    fix: Own = ""
    body_lost_by: tuple[HttpClient, ...] = ()


class Head(Struct, frozen=True):
    """The final status line and its headers, in Latin-1; values and their number are capped.

    `interim` are the statuses of the interim answers (1xx) that came first.
    """

    status: int
    reason: str
    version: str
    headers: tuple[tuple[str, str], ...]
    interim: tuple[int, ...] = ()
