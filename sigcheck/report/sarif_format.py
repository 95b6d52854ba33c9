"""The part of SARIF 2.1.0 (OASIS, errata 01) that reports are written in, with its names."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Severity = Literal["error", "warning", "note"]


class _Part(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A part of a SARIF file: what is not said is left out."""


class Message(_Part, frozen=True):
    """A text. What looks like a link or a placeholder in it is one, so `plain` writes it."""

    text: str


class Configuration(_Part, frozen=True):
    """How heavy a rule is where a result does not say it."""

    level: Severity


class RuleDescriptor(_Part, frozen=True):
    """A rule. `help` says how to fix what it finds; `properties` is what GitHub reads beside the standard."""

    id: str
    name: str
    short_description: Message
    full_description: Message
    help: "Help"
    default_configuration: Configuration
    properties: dict[str, str | tuple[str, ...]]


class Help(_Part, frozen=True):
    """A text, once more in Markdown."""

    text: str
    markdown: str


class Driver(_Part, frozen=True):
    """The tool."""

    name: str
    version: str
    rules: tuple[RuleDescriptor, ...]


class Tool(_Part, frozen=True):
    """The tool without extensions."""

    driver: Driver


class ArtifactLocation(_Part, frozen=True):
    """A file, as seen from the root of the repository."""

    uri: str


class Region(_Part, frozen=True):
    """A line of a file, counted from 1."""

    start_line: int


class PhysicalLocation(_Part, frozen=True):
    """A line of a file."""

    artifact_location: ArtifactLocation
    region: Region


class LogicalLocation(_Part, frozen=True):
    """The receiver: its URL, and what the configuration file calls it."""

    fully_qualified_name: str
    name: str
    kind: str


class Location(_Part, frozen=True):
    """Where a result is shown, and of which receiver it speaks."""

    physical_location: PhysicalLocation
    logical_locations: tuple[LogicalLocation, ...]


class Result(_Part, frozen=True):
    """A rule that failed for one target."""

    rule_id: str
    rule_index: int
    kind: Literal["fail"]
    level: Severity
    message: Message
    locations: tuple[Location, ...]
    partial_fingerprints: dict[str, str]


class RuleReference(_Part, frozen=True):
    """A rule that a notification speaks of."""

    id: str
    index: int


class Notification(_Part, frozen=True):
    """What hindered a run, or what it left undecided."""

    level: Severity
    message: Message
    associated_rule: RuleReference | None = None


class Invocation(_Part, frozen=True):
    """One run of one target, and what came of it."""

    execution_successful: bool
    exit_code: int
    exit_code_description: str
    start_time_utc: datetime
    end_time_utc: datetime
    tool_execution_notifications: tuple[Notification, ...]
    properties: dict[str, str]


class AutomationDetails(_Part, frozen=True):
    """What GitHub calls the category: uploads of the same one replace each other."""

    id: str


class Run(_Part, frozen=True):
    """All that one file says."""

    tool: Tool
    automation_details: AutomationDetails
    invocations: tuple[Invocation, ...]
    results: tuple[Result, ...]
    column_kind: str
    properties: dict[str, str | int]


class Log(_Part, frozen=True, rename={"schema": "$schema"}):
    """A SARIF file."""

    schema: str
    version: str
    runs: tuple[Run, ...]
