"""What a word means that stands in the place of a command and is none: it is never quoted, since it may be a secret."""

from collections.abc import Collection
from difflib import get_close_matches

import click

from sigcheck.errors import UsageProblem

MEANT = {
    **dict.fromkeys(("check", "test", "run", "lint", "validate", "probe", "scan", "examine", "curl", "get", "post"),
                    "verify URL"),
    **dict.fromkeys(("cert", "certificate", "certificates", "tls", "ssl", "openssl", "pem"),
                    "chain PEMFILE --host NAME"),
    **dict.fromkeys(("firewall", "ips", "ip", "ranges", "addresses"), "allowlist"),
    **dict.fromkeys(("info", "env", "diagnose", "diagnostics", "status", "self-check"), "doctor"),
    **dict.fromkeys(("completions", "complete", "autocomplete"), "completion"),
    **dict.fromkeys(("list", "checks"), "rules"),
    **dict.fromkeys(("why", "describe", "man"), "explain RULE"),
    **dict.fromkeys(("count", "observer"), "observe"),
    **dict.fromkeys(("configuration", "settings", "targets"), "config show"),
    **dict.fromkeys(("schema",), "config schema"),
    **dict.fromkeys(("failed", "failures", "errors", "not-delivered"), "undelivered FILE"),
    **dict.fromkeys(("account", "api", "pull", "fetch"), "import --api"),
    **dict.fromkeys(("example", "tour", "try"), "demo"),
}  # fmt: skip
"""A word that other tools have for a command → what to write here."""

_FILES = {
    (".pem", ".crt", ".cer"): ("the name of a certificate file", "write sigcheck chain PEMFILE --host NAME"),
    (".toml",): ("the name of a configuration file", "write sigcheck verify --config FILE --all"),
}


def instead(args: list[str], commands: Collection[str], ctx: click.Context) -> list[str]:
    """Give the words that do what these mean, whose first is no command.

    Ends the process where `help` or `version` is all that was asked for; raises UsageProblem for everything else.
    """
    word, rest = args[0], [each for each in args[1:] if not each.startswith("-")]
    if word == "help":
        if rest and rest[0] in commands:
            return [*rest, "--help"]
        if rest:
            raise _problem(rest[0], commands)
        click.echo(ctx.get_help())
        ctx.exit()
    if word == "version":
        import sigcheck

        click.echo(f"sigcheck {sigcheck.__version__}")
        ctx.exit()
    raise _problem(word, commands)


def _problem(word: str, commands: Collection[str]) -> UsageProblem:
    """Say what to write in place of a word."""
    if "://" in word:
        return UsageProblem("a URL is not a command", "write sigcheck verify URL")
    small = word.lower()
    if small in commands:
        return UsageProblem("commands are written in small letters", f"write sigcheck {small}")
    if small in MEANT:
        return UsageProblem(f"there is no command {small}", f"write sigcheck {MEANT[small]}")
    for endings, (what, fix) in _FILES.items():
        if small.endswith(endings) and "?" not in small:
            return UsageProblem(f"{what} is not a command", fix)
    if any(each in word for each in "./:"):
        what = "this is not a command, and as a URL it has no scheme"
        return UsageProblem(what, "write sigcheck verify URL, with a URL that begins with https://")
    near = get_close_matches(small, commands, n=1)
    fix = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(commands)}"
    return UsageProblem("there is no such command", fix)
