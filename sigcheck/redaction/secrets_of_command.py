"""What is secret on the command lines of observers and hooks: logins, headers, and the options of known programs."""

import re
from collections.abc import Iterable, Iterator, Sequence

from sigcheck.redaction.needles import SHORTEST
from sigcheck.redaction.redact import redact_url
from sigcheck.redaction.secrets_of import HIDDEN, secrets_of_header, secrets_of_url

_QUOTED = re.compile(r"""'[^']*+'|"(?:\\.|[^"\\])*+"|\\.""", re.DOTALL)
_SHELL_WORD = re.compile(rf"""(?:{_QUOTED.pattern}|[^\s'"\\]++)++""", re.DOTALL)
_SHELLS = frozenset(("sh", "ash", "bash", "dash", "ksh", "zsh"))

_CONNECTION = re.compile(
    r"\b(?:password|passwd|pwd|sslpassword)\s*=\s*('(?:\\.|[^'\\])*+'|\"(?:\\.|[^\"\\])*+\"|[^\s;'\"]+)", re.IGNORECASE
)
"""A password inside a connection's words: `host=db password=…`, `Server=db;Pwd=…`."""

_MYSQL = frozenset(("mysql", "mariadb", "mysqladmin", "mariadb-admin", "mysqldump", "mariadb-dump", "mysqlsh"))
_VALUES = {
    "redis-cli": ("-a",),
    "valkey-cli": ("-a",),
    "keydb-cli": ("-a",),
    "mongosh": ("-p",),
    "mongo": ("-p",),
    "cqlsh": ("-p",),
    "sshpass": ("-p",),
    "clickhouse-client": ("--password",),
    "sqlcmd": ("-P",),
    "bcp": ("-P",),
    "isql": ("-P",),
    "mosquitto_sub": ("-P",),
    "mosquitto_pub": ("-P",),
    "ldapsearch": ("-w",),
    "snowsql": ("-p",),
    "cypher-shell": ("-p",),
    "influx": ("-t",),
    "vault": ("login",),
    "curl": (
        "-b",
        "--cookie",
        "--oauth2-bearer",
        "--key",
        "-d",
        "--data",
        "--data-raw",
        "--data-binary",
        "--data-urlencode",
        "--json",
    ),
    "wget": ("--header",),
}
"""Options, of programs that observers use, whose value is secret though their name does not say so."""

_ORACLE = re.compile(r"[^/\s@]+/([^@\s]+)@")
"""`sqlplus user/password@service`."""

_NAMED = re.compile(r"[A-Za-z-]*(?:key|token|auth|secret|password)[A-Za-z-]*:=?(.+)", re.IGNORECASE | re.DOTALL)
"""A header as httpie and xh take it."""

_LOGINS = {
    "curl": ("-u", "--user", "-U", "--proxy-user"),
    "http": ("-a", "--auth"),
    "https": ("-a", "--auth"),
    "xh": ("-a", "--auth"),
    "smbclient": ("-U", "--user"),
}
"""Options whose value is a user and, behind a colon or a percent sign, a password."""


def secrets_of_command(arguments: Iterable[str]) -> tuple[str, ...]:
    """Give the secrets in a command's arguments; what a shell is told to run is searched like a command of its own."""
    return tuple(secret for _, secret in _found(tuple(arguments)))


def redact_command(arguments: Sequence[str]) -> list[str]:
    """Give the arguments with each secret hidden where it stands, however short it is."""
    # A URL has places for its secrets: a user of one letter is not looked for in the rest of it.
    shown = [_redacted_url(argument) if "://" in argument else argument for argument in arguments]
    for place, secret in sorted(_found(tuple(arguments)), key=lambda each: -len(each[1])):
        if "://" not in arguments[place] or len(secret) >= SHORTEST:
            shown[place] = shown[place].replace(secret, HIDDEN)
    return shown


def _redacted_url(argument: str) -> str:
    name, separator, value = argument.partition("=")
    return f"{name}={redact_url(value)}" if separator and "://" in value else redact_url(argument)


def _found(arguments: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Give each secret with the place of the argument that holds it."""
    before = program = ""
    shell = False
    for place, argument in enumerate(arguments):
        named = argument.rpartition("/")[2]
        # `env NAME=value psql …`, `docker exec db redis-cli …`: the program may stand anywhere.
        if named in _MYSQL or named in _VALUES or named in _LOGINS or named in {"sqlplus", "xh"}:
            program = named
        yield from ((place, secret) for secret in _of_argument(argument, before, program) if secret)
        if shell and re.fullmatch(r"-[a-z]*c", before):
            yield from ((place, secret) for secret in secrets_of_command(_words(argument)))
        shell = shell or named in _SHELLS
        before = argument


def _of_argument(argument: str, before: str, program: str) -> Iterator[str]:
    name, separator, value = argument.partition("=")
    if "://" in argument:
        yield from secrets_of_url(argument[argument.find("=") + 1 :] if separator and "://" in value else argument)
    yield from (match[1].strip("'\"") for match in _CONNECTION.finditer(argument))
    if _secret_option(before) or before in _VALUES.get(program, ()):
        yield argument
    if separator and _secret_option(name):
        yield value
    if program in _MYSQL and re.match(r"-p.", argument):
        yield argument[2:]
    if program == "sqlplus" and (found := _ORACLE.match(argument)) is not None:
        yield found[1]
    if program in {"http", "https", "xh"} and (found := _NAMED.fullmatch(argument)) is not None:
        yield found[1]
    yield from _of_option(before, argument, program)
    if argument.startswith("--"):
        yield from _of_option(name, value, program)
    elif argument[:1] == "-":
        yield from _of_option(argument[:2], argument[2:], program)
        if argument[:2] in _VALUES.get(program, ()):
            yield argument[2:]


def _of_option(option: str, value: str, program: str) -> Iterator[str]:
    """Give what is secret of the value of -u and -H, which many programs have; -sH is -s and -H."""
    if option == "--user" or re.fullmatch(r"-[A-Za-z]*u", option) or option in _LOGINS.get(program, ()):
        yield re.split("[:%]", value, maxsplit=1)[1] if re.search("[:%]", value) else ""
    elif option == "--header" or re.fullmatch(r"-[A-Za-z]*H", option):
        yield from secrets_of_header(value.partition(":")[2])


def _words(script: str) -> list[str]:
    """Split as a shell does, also where a quote is not closed; shlex copies each word at each of its characters."""
    return [_QUOTED.sub(_unquoted, match.group()) for match in _SHELL_WORD.finditer(script)]


def _unquoted(match: re.Match[str]) -> str:
    text = match.group()
    if text[0] == "'":
        return text[1:-1]
    return re.sub(r'\\(["\\$`\n])', r"\1", text[1:-1]) if text[0] == '"' else text[1:]


def _secret_option(name: str) -> bool:
    words = r"pass|pwd|secret|token|api[-_]?key|access[-_]?key|account[-_]?key|auth"
    return re.fullmatch(r"[A-Za-z0-9_-]*", name) is not None and re.search(words, name, re.IGNORECASE) is not None
