"""RunConfig: all that a user can ask of one run, with its defaults and limits. The only home of both."""

from typing import Annotated, Literal, get_args

from msgspec import Struct

from sigcheck.callback.kinds import DEFAULT_TYPE, TypeName
from sigcheck.config.setting import Setting, fields
from sigcheck.errors import UsageProblem
from sigcheck.message import DEFAULT_DATA
from sigcheck.model.evidence import EFFECTS_WITHIN
from sigcheck.redaction.redact import redact_url

UNCOUNTED_SPEED = 60.0
"""How many times faster the retries are sent by default where nothing counts effects: minutes become seconds. They
show whether a retry is accepted, and seven minutes would show no more. Our choice."""


class RunConfig(Struct, frozen=True, kw_only=True):
    """What a user asks of one run. `sigcheck.config.decoding` makes one of options, a file's table or keywords.

    Its fields are the options of `sigcheck verify`, with underscores. `secrets` are texts that no output may show,
    beside those that are found in the URL, the headers, the body, the observer and the commands. `name` is what the
    configuration file calls the target, "" for a URL; `file` and `line` say where it does, for reports. `folders` says
    in which folder a command runs, and where a SQLite file is looked for, if not in that of the process.

    Raises UsageProblem for a value out of its range.
    """

    url: str
    method: Annotated[
        str | None, Setting("GET, POST or PUT. Default: GET for a URL with placeholders, else POST.", "METHOD")
    ] = None
    content_type: Annotated[str | None, Setting("The content type of the body. Default: application/json.", "TYPE")] = (
        None
    )
    type: Annotated[
        TypeName,
        Setting(
            "The callback type, which decides the variables and the default body: "
            f"{', '.join(get_args(TypeName)[:-1])} or {get_args(TypeName)[-1]}.",
            "TYPE",
        ),
    ] = DEFAULT_TYPE
    var: Annotated[tuple[str, ...], Setting("A value in place of a variable's default. Repeatable.", "NAME=VALUE")] = ()
    payload_config: Annotated[
        str | None,
        Setting("The portal's custom payload config, for {customData#NAME}.", "CONFIG"),
    ] = None
    header: Annotated[
        tuple[str, ...],
        Setting("A header of the callback, or a file of them. Repeatable.", "'N: V'|@FILE", filled=True, path="@"),
    ] = ()
    body: Annotated[
        str | None,
        Setting("Body template; the variables of the type are filled.", "TEMPLATE|@FILE", filled=True, path="@"),
    ] = None
    line_pattern: Annotated[
        str | None,
        Setting(
            "Make it a BATCH_URL callback: what a message's line is in {batch}, such as "
            "'{device};{time};{seqNumber};{data};'.",
            "PATTERN",
            filled=True,
        ),
    ] = None
    form_query: Annotated[
        Literal["query", "body", "both"],
        Setting(
            "Where the URL's query goes with a form: an old official text says into the body. both: tried both ways."
        ),
    ] = "query"
    device: Annotated[str | None, Setting("The device's id. Default: 51 and six digits drawn for each run.", "HEX")] = (
        None
    )
    devices: Annotated[
        tuple[str, ...],
        Setting(
            "The only ids that may be used, for a receiver that knows its devices: a file with an id a line, or ids "
            "between commas. Repeatable.",
            "FILE|HEX,HEX",
        ),
    ] = ()
    data: Annotated[str, Setting("The payload, 0 to 12 bytes.", "HEX")] = DEFAULT_DATA
    ca_file: Annotated[str | None, Setting("Roots to trust in place of the public ones.", "PEM", path="file")] = None
    resolve: Annotated[
        tuple[str, ...],
        Setting(
            "Connect to ADDR, or to each of ADDR,ADDR, instead of asking the resolver. Repeatable.", "HOST:PORT:ADDR"
        ),
    ] = ()
    no_sni: Annotated[
        bool,
        Setting('Send no SNI, as a callback whose "Send SNI" is off does (sendSni=false in the API).'),
    ] = False
    allow_private: Annotated[bool, Setting("Accept private and loopback addresses (local test).")] = False
    samples: Annotated[
        int | None,
        Setting(
            "How many new messages are sent, one after the other, to time and judge the answers. Default: 20, or more "
            "where a whole run would otherwise make fewer than 52 deliveries.",
            low=1,
            high=100,
        ),
    ] = None
    patience: Annotated[float, Setting("Seconds to listen for a late answer to a sample.", low=0, high=300)] = 30.0
    speed: Annotated[
        float | None,
        Setting(
            "Divide the waits of the schedule, never the answer limit. "
            f"Default: 1 with an observer, {UNCOUNTED_SPEED:g} without one.",
            low=1,
            high=1000,
        ),
    ] = None
    schedule_from: Annotated[
        Literal["previous", "first"],
        Setting("What each wait starts from; the published text does not settle it."),
    ] = "previous"
    observe_url: Annotated[
        str | None, Setting("Where the number of effects can be read.", "TEMPLATE", filled=True, observing=True)
    ] = None
    observe_header: Annotated[
        tuple[str, ...],
        Setting(
            "A header for --observe-url, or a file of them. Repeatable.",
            "'N: V'|@FILE",
            filled=True,
            path="@",
            observing=True,
        ),
    ] = ()
    observe_command: Annotated[
        str | None,
        Setting(
            "A command that prints the number of effects (no shell).", "CMD", filled=True, path="within", observing=True
        ),
    ] = None
    observe_sql: Annotated[
        str | None,
        Setting(
            "The receiver's database: sqlite:///FILE or postgresql://…; needs --observe-query.",
            "URL",
            filled=True,
            path="within",
            observing=True,
        ),
    ] = None
    observe_query: Annotated[
        str | None,
        Setting("A query that returns the number; placeholders become parameters.", "SQL", filled=True, observing=True),
    ] = None
    observe_pointer: Annotated[
        str | None,
        Setting("JSON pointer to the number, or the array, in the answer.", "POINTER", filled=True, observing=True),
    ] = None
    observe_metric: Annotated[
        str | None,
        Setting(
            "The series of Prometheus text whose values add up to the number.", "SERIES", filled=True, observing=True
        ),
    ] = None
    observe_default: Annotated[
        int | None,
        Setting(
            "The number to use where the observer gives none: 404, an empty answer, null, nothing at the pointer.",
            "N",
            low=0,
            observing=True,
        ),
    ] = None
    observe_interval: Annotated[
        float | None,
        Setting(
            "Seconds between two questions. Default: at most 60 a minute, without limit in a compressed run.",
            "S",
            low=0,
            high=60,
            observing=True,
        ),
    ] = None
    observe_later: Annotated[
        bool,
        Setting(
            "Send everything that effects can prove, and count them later: `sigcheck report SAVED.json "
            "--effects "
            "FILE` adds the counts.",
        ),
    ] = False
    settle: Annotated[
        float,
        Setting("Seconds a count must stay unchanged before it is accepted.", low=0.1, high=60, observing=True),
    ] = 2.0
    effects_within: Annotated[
        float,
        Setting(
            "Seconds to wait for an effect before it counts as lost, and for a second one at the end.",
            low=0,
            high=3600,
        ),
    ] = EFFECTS_WITHIN
    effects_per_message: Annotated[
        int | None,
        Setting("Effects that one message has. Default: as many as the first message had.", "N", low=1, high=1000),
    ] = None
    fail_header: Annotated[
        str | None, Setting("A header that makes the receiver fail a delivery, once.", "'N: V'", filled=True)
    ] = None
    fail_command: Annotated[
        str | None,
        Setting("A command that makes the receiver fail its next delivery.", "CMD", filled=True, path="within"),
    ] = None
    restart_command: Annotated[
        str | None, Setting("A command that restarts the receiver.", "CMD", filled=True, path="within")
    ] = None
    keep_going: Annotated[bool, Setting("Replay the schedule even if every sample was refused.")] = False
    allowlist: Annotated[
        tuple[str, ...], Setting("A file with the firewall's rules. Repeatable.", "FILE", path="file")
    ] = ()
    vantage: Annotated[
        tuple[str, ...],
        Setting(
            "Where this machine is: inside, if its address belongs to the sender range; outside is the default. Other "
            "words name places, such as eu, from where a fleet examines it. Repeatable.",
            "WORDS",
        ),
    ] = ()
    policy: Annotated[str | None, Setting("A JSON file with other ranges and limits.", "FILE", path="file")] = None
    only: Annotated[tuple[str, ...], Setting("Families or rule ids to check, comma-separated.", "NAMES")] = ()
    skip: Annotated[tuple[str, ...], Setting("Families or rule ids to leave out.", "NAMES")] = ()
    fail_on: Annotated[Literal["must", "should"], Setting("The lowest level whose failures lead to exit code 1.")] = (
        "must"
    )
    allow_undecided: Annotated[
        tuple[str, ...],
        Setting(
            "Exit with code 0 if nothing failed and only these rules or families (without names: any) stayed "
            "undecided.",
            "[=NAMES]",
            bare="*",
        ),
    ] = ()
    baseline: Annotated[
        str | None,
        Setting("Failures that are expected, each with a reason (TOML); no others pass.", "FILE", path="file"),
    ] = None
    redact: Annotated[
        tuple[str, ...],
        Setting("Hide more in the report: path, host, or both, comma-separated.", "PARTS"),
    ] = ()
    secrets: tuple[str, ...] = ()
    name: str = ""
    file: str = ""
    line: int = 0
    folders: dict[str, str] = {}

    def __post_init__(self) -> None:
        for name, field in fields(type(self)).items():
            value = getattr(self, name)
            if value is field.default:
                continue
            if not field.holds(value):
                raise _no_tuple(name) if field.many else field.refused(name)
            if value != field.default:
                field.read(value, name)
        if not isinstance(self.url, str):
            raise UsageProblem("url must be a string", "write https://host/path")
        if not isinstance(self.secrets, tuple) or not all(isinstance(each, str) for each in self.secrets):
            raise _no_tuple("secrets")
        if not isinstance(self.name, str):
            raise UsageProblem("name must be a string", "leave it out, or give what the target is called")
        if not isinstance(self.file, str) or not isinstance(self.line, int):
            raise UsageProblem("file must be a string, and line a whole number", "leave both out")
        folders = self.folders
        if not isinstance(folders, dict) or not all(isinstance(each, str) for pair in folders.items() for each in pair):
            raise UsageProblem(
                "folders must be a dict of strings", "leave it out, or give the names of settings with their folders"
            )

    def __repr__(self) -> str:
        return f"RunConfig(url={redact_url(self.url)!r}, …)"


def _no_tuple(name: str) -> UsageProblem:
    # A list could be changed after it was checked; `decode` takes one, and a single text too.
    return UsageProblem(f"{name} must be a tuple of strings", "give one, or use sigcheck.decode")
