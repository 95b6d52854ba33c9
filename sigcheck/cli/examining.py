"""What `sigcheck doctor` is asked to look at, from its options and the configuration file."""

import sys
from ipaddress import ip_address

import click

from sigcheck.cli.options import is_overruled
from sigcheck.cli.targets import config_file, sound, wanted
from sigcheck.doctor.facts import Terminal
from sigcheck.errors import UsageProblem
from sigcheck.model.evidence import Target
from sigcheck.redaction.redact import redact_url
from sigcheck.report import RenderOptions
from sigcheck.target import parse_target

LONGEST_NAME = 253


def host_of(ctx: click.Context, name: str | None, host: str | None) -> str | None:
    """Give the host to be resolved, None for none: that of a target, or --host. Raises UsageProblem."""
    if name is not None and is_overruled(ctx, "host", by="name"):
        host = None
    if name is not None and host is not None:
        raise UsageProblem("--host and the name of a target cannot be used together", "give one of the two")
    if host is not None:
        return _checked(host)
    if name is None:
        return None
    if "://" in name:
        raise UsageProblem("doctor takes the name of a target, not a URL", "give --host NAME, or --clock URL")
    file = config_file(ctx)
    target = wanted([name], {}, None if file is None else sound(file), every=False)[0]
    if not target.place:
        raise UsageProblem("doctor takes the name of a target", "for a host of its own, give --host NAME")
    return parse_target(str(target.settings["url"][0].value)).host


def clock_of(url: str | None) -> tuple[str, Target] | None:
    """Give the URL of --clock, as it may be shown, and parsed; raises UsageProblem."""
    if url is None:
        return None
    try:
        return redact_url(url), parse_target(url)
    except UsageProblem as problem:
        raise UsageProblem(f"--clock: {problem.message}", problem.fix) from None


def terminal(options: RenderOptions) -> Terminal:
    """Describe where stdout goes."""
    stream = sys.stdout
    return Terminal(
        terminal=stream is not None and stream.isatty(),
        encoding=(stream and stream.encoding) or "no encoding",
        unicode=not options.ascii,
        width=options.width,
        colour=options.colour,
    )


def _checked(host: str) -> str:
    """Refuse what is no host; a URL may have a secret, so nothing is quoted."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    if len(host) > LONGEST_NAME or any(each in host for each in "/:@?#= ") or not host.isprintable() or not host:
        raise UsageProblem("--host is not the name of a host", "give a name such as receiver.example.com")
    return parse_target(f"https://{host}/").host
