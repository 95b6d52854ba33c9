"""What people who come from curl, wget, HTTPie or openssl write, and what it is called here."""

from collections.abc import Collection

import click

_TRUST = (
    "the certificate is always checked, because the Cloud refuses one that it does not trust; "
    "for a CA of your own, give --ca-file PEM"
)
_TIME = "the limit for an answer is the Cloud's; --patience is how long to go on listening for a late one"
_NEVER_FOLLOWED = "the Cloud is not known to follow redirects, so sigcheck never does; give the final URL"
_REQUEST_BODY = "a body template is given with --body, the payload of the device with --data"
_HEADER = "write --header 'Name: value'"
_LOGIN = "write https://login:password@host/ or --header 'Authorization: Basic …'"
_NO_CLIENT = "the Cloud is not known to present a client certificate, so sigcheck presents none"
_PROXY = "the Cloud calls the receiver directly, so sigcheck uses no proxy"
_RETRY = "retries follow the Cloud's schedule; see --speed and --schedule-from, or change retry_waits in --policy"
_WRITE = "write the report to a file with --report FILE"
_ITSELF = "the Cloud sets this header itself, and sigcheck sends what the Cloud sends"
_VERSION = "sigcheck chooses the HTTP version, as the Cloud does"
_BODY_OR_REPORT = "write --body TEMPLATE for the body of the request, and --format json for the report"
_FORM = "write --content-type application/x-www-form-urlencoded --body 'device={device}&time={time}'"
_ADDRESS = "to choose the address, write --resolve HOST:PORT:ADDR"

VERIFY = {
    **dict.fromkeys(
        ("--insecure", "-k", "--no-verify", "--verify", "--no-check-certificate", "--skip-verify", "--no-verify-ssl",
         "--allow-insecure", "--no-check-certificates", "--tls-skip-verify", "--allow-self-signed"), _TRUST),
    **dict.fromkeys(("--cacert", "--capath", "--ca-certificate", "--ca", "--ca-bundle", "--cafile"),
                    "roots of your own are given with --ca-file PEM"),
    **dict.fromkeys(("--timeout", "-m", "--max-time", "--connect-timeout", "--read-timeout", "-T", "-t"), _TIME),
    **dict.fromkeys(("--follow", "-L", "--location", "--max-redirs", "--max-redirects", "--follow-redirects"),
                    _NEVER_FOLLOWED),
    **dict.fromkeys(("-d", "--data-raw", "--data-binary", "--data-ascii", "--data-urlencode", "--raw",
                     "--post-data", "--body-data", "--post-file", "--payload", "--form-string"), _REQUEST_BODY),
    **dict.fromkeys(("--json", "-j"), _BODY_OR_REPORT),
    **dict.fromkeys(("--form", "-f", "-F"), _FORM),
    **dict.fromkeys(("-H", "--headers"), _HEADER),
    **dict.fromkeys(("-X", "--request"), "the method is given with --method GET, POST or PUT"),
    **dict.fromkeys(("-u", "--user", "-a", "--auth", "--auth-type", "--basic", "--token", "--bearer",
                     "--oauth2-bearer"), _LOGIN),
    **dict.fromkeys(("-E", "--cert", "--key", "--cert-key", "--cert-type", "--certificate", "--private-key"),
                    _NO_CLIENT),
    **dict.fromkeys(("-x", "--proxy", "--noproxy", "--socks5"), _PROXY),
    **dict.fromkeys(("--retry", "--retries", "--retry-delay", "--tries", "--retry-max-time"), _RETRY),
    **dict.fromkeys(("-o", "--output", "-O", "--out", "--report-file"), _WRITE),
    **dict.fromkeys(("-A", "--user-agent", "-e", "--referer", "-b", "--cookie", "--compressed"), _ITSELF),
    **dict.fromkeys(("--http1.0", "--http1.1", "--http2", "--http3", "--http-version", "-0"), _VERSION),
    **dict.fromkeys(("-4", "-6", "--ipv4", "--ipv6", "--connect-to", "--ip", "--host"), _ADDRESS),
    **dict.fromkeys(("-s", "--silent", "-S", "--show-error"), "less output is -q"),
    **dict.fromkeys(("-i", "--include", "-I", "--head"), "the phases of each sample are shown with -v"),
    **dict.fromkeys(("--url", "--target"), "give the URL without an option: sigcheck verify URL"),
    **dict.fromkeys(("--dryrun", "--offline", "--simulate"), "to send nothing, write --dry-run"),
}  # fmt: skip
"""Option of another tool → what the person meant, in the options of `verify`."""

_ROOTS = "roots of your own are given with --ca-file PEM"
_SENDS_NOTHING = "chain reads a file and sends nothing; to examine a running receiver, write sigcheck verify URL"
_FILE = "give the file without an option: sigcheck chain PEMFILE --host NAME"
_NAME = "the name of the receiver is given with --host NAME"
_DATE = "another time is given with --at TIME"

CHAIN = {
    **dict.fromkeys(("--insecure", "-k", "--no-verify", "--allow-self-signed"), _TRUST),
    **dict.fromkeys(("--cacert", "--capath", "--ca", "--ca-bundle", "--cafile", "-C", "--ca-certificate"), _ROOTS),
    **dict.fromkeys(("-i", "--in", "--file", "-f", "--pem", "--cert", "-E", "--certificate", "--chain"), _FILE),
    **dict.fromkeys(("--name", "--hostname", "--servername", "--server-name", "--sni", "--domain"), _NAME),
    **dict.fromkeys(("--date", "--time", "--attime", "--now", "-t"), _DATE),
    **dict.fromkeys(("-H", "--header", "-d", "--data", "--body", "-X", "--request", "--method", "-u", "--user", "-x",
                     "--proxy", "-m", "--max-time", "--timeout", "-L", "--location", "--url", "--connect", "-c", "-s",
                     "--resolve", "--retry", "-I", "-A", "-b"), _SENDS_NOTHING),
    **dict.fromkeys(("--json", "-j"), "the report as JSON is written with --format json"),
    **dict.fromkeys(("-o", "--output", "-O", "--out"), "the report goes to stdout; send it to a file with > FILE"),
}  # fmt: skip
"""The same for `chain`, which takes no options of a request."""

_ASKED = "an observer is asked with GET, and the placeholders of --observe-url name the message"
_OBSERVER_LOGIN = "write https://login:password@host/ in --observe-url, or --observe-header 'Authorization: Basic …'"
_OBSERVER_TRUST = "the observer's certificate is always checked; for a CA of your own, give --ca-file PEM"

OBSERVE = {
    **dict.fromkeys(("--insecure", "-k", "--no-verify", "--verify", "--no-check-certificate"), _OBSERVER_TRUST),
    **dict.fromkeys(("--cacert", "--capath", "--ca", "--ca-bundle", "--cafile"), _ROOTS),
    **dict.fromkeys(("-H", "--header", "--headers"), "write --observe-header 'Name: value'"),
    **dict.fromkeys(("-d", "-X", "--request", "--method", "--body", "--data-raw", "--data-binary", "--post-data", "-F"),
                    _ASKED),
    **dict.fromkeys(("-u", "--user", "-a", "--auth", "--token", "--bearer"), _OBSERVER_LOGIN),
    **dict.fromkeys(("--json", "-j", "--jq", "--path", "--pointer"),
                    "the place of the number in JSON is given with --observe-pointer"),
    **dict.fromkeys(("--metric", "--series"), "a series of Prometheus text is named with --observe-metric"),
    **dict.fromkeys(("--url", "--target"), "the URL of the observer is given with --observe-url"),
    **dict.fromkeys(("--command", "-c", "--exec"), "a command is given with --observe-command"),
    **dict.fromkeys(("--sql", "--database", "--dsn"), "a database is named with --observe-sql and --observe-query"),
    **dict.fromkeys(("--query", "-q"), "a query is given with --observe-query, beside --observe-sql"),
    **dict.fromkeys(("-x", "--proxy", "--noproxy"), "the observer is asked directly, so sigcheck uses no proxy"),
    **dict.fromkeys(("-L", "--location", "--follow"), "redirects are not followed; give the final URL"),
    **dict.fromkeys(("-m", "--max-time", "--timeout", "--connect-timeout"),
                    "the time for an answer cannot be changed; --settle is how long a count must stay unchanged"),
    **dict.fromkeys(("--retry", "--interval"), "--observe-interval is the time between two questions"),
    **dict.fromkeys(("--seqnumber", "--seq", "--seqNumber"), "the sequence number is given with --seq-number"),
}  # fmt: skip
"""The same for `observe`: what is asked is the observer."""

_PRINTED = "the record is printed on stdout: write it to a file with > FILE"

SEND = {
    **VERIFY,
    **dict.fromkeys(("--json", "-j"), "write --body TEMPLATE for the body, and --format json for the record"),
    **dict.fromkeys(("--retry", "--retries", "--retry-delay", "--tries", "--retry-max-time"),
                    "one callback is sent once; sigcheck verify URL plays the retries"),
    **dict.fromkeys(("-o", "--output", "-O", "--out", "--report-file", "--report"), _PRINTED),
    **dict.fromkeys(("-s", "--silent", "-S", "--show-error"), "only the record is printed"),
    **dict.fromkeys(("-i", "--include", "-I", "--head", "-v", "--verbose"), "the headers of both are always printed"),
    **dict.fromkeys(("--url", "--target"), "give the URL without an option: sigcheck send URL"),
    **dict.fromkeys(("--seqnumber", "--seq", "--seqNumber"), "the sequence number is given with --seq-number"),
    **dict.fromkeys(("--seconds", "--timestamp", "--date"), "the message's time is given with --time"),
}  # fmt: skip
"""The same for `send`."""

TABLES = {"verify": VERIFY, "send": SEND, "chain": CHAIN, "observe": OBSERVE}
"""Command → what the options of other tools are called there."""

_VERSION_OPTIONS = ("-V", "--version")


def meant(option: str, ctx: click.Context | None, arguments: Collection[str]) -> str | None:
    """Say what an option that does not exist is called here; None where nobody knows. Takes no value of it.

    `ctx`: where it was written, behind a command or in front of all of them. `arguments` is the whole command line.
    """
    if ctx is None:
        return None
    if option in _VERSION_OPTIONS:
        return f"there is no option {option} of {ctx.command_path}: write sigcheck {option}"
    if isinstance(ctx.command, click.Group):
        return _in_front(option, ctx.command, ctx, arguments)
    here = TABLES.get(ctx.command.name or "", {}).get(option)
    return None if here is None else f"there is no option {option}: {here}"


def _in_front(option: str, group: click.Group, ctx: click.Context, arguments: Collection[str]) -> str | None:
    """Say where an option belongs that was written in front of the command."""
    owners = [name for name in group.list_commands(ctx) if option in _options(group.get_command(ctx, name))]
    # The command that was written, or else the first of the table: it is the one that most people mean.
    if owner := next((name for name in owners if name in arguments), owners[0] if owners else None):
        also = " (-V shows the version)" if option == "-v" else ""
        placed = f"write it after the command, as in {ctx.command_path} {owner} {option}"
        return f"{option} is an option of {owner}, not of {ctx.command_path}: {placed}{also}"
    here = VERIFY.get(option) if ctx.parent is None else None
    return None if here is None else f"there is no option {option}: {here}; begin with sigcheck verify URL"


def _options(command: click.Command | None) -> set[str]:
    """Give the names of a command's options."""
    return {name for param in (command.params if command else ()) for name in (*param.opts, *param.secondary_opts)}
