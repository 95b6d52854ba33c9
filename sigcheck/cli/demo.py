"""`sigcheck demo`: a good and a bad receiver on this machine, each verified, with the commands that were run."""

import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from sigcheck.model.report import Report

SETTINGS = {
    "allow_private": True,
    "speed": 240.0,
    "allow_undecided": ("dedup-window",),
    "settle": 0.5,
    "effects_within": 5.0,
}
EXPECTED = {"good": 0, "bad": 1}
"""Exit codes."""
UNEXPECTED = 4


@click.command()
@click.option("--no-color", is_flag=True, help="Use no colour; NO_COLOR does the same.")
def demo(no_color: bool) -> int:
    """Verify a good and a bad receiver on this machine, in about half a minute.

    Both listen on loopback behind TLS from a throw-away private CA. Nothing leaves this machine.
    """
    from sigcheck import clock
    from sigcheck.demo.authority import create_authority
    from sigcheck.demo.receiver import serve
    from sigcheck.machine import see_room
    from sigcheck.probes.own_tls import see_ciphers

    see_room()
    see_ciphers()
    kinds: tuple[Literal["good", "bad"], ...] = ("good", "bad")
    surprised = False
    with tempfile.TemporaryDirectory(prefix="sigcheck-demo-") as folder:
        authority = create_authority(Path(folder), clock.wall())
        for kind in kinds:
            with serve(kind, authority, Path(folder)) as serving:
                settings = {
                    "url": serving.url,
                    "ca_file": str(serving.ca_file),
                    **SETTINGS,
                    "observe_url": serving.effects_url,
                    "observe_pointer": "/count",
                }
                report = _show(kind, settings, no_color=no_color)
            if report.verdict == "interrupted":
                return report.exit_code
            surprised = surprised or report.exit_code != EXPECTED[kind]
    if surprised:
        click.echo("sigcheck: the demo's receivers were not judged as they should be: please report it", err=True)
        return UNEXPECTED
    click.echo("The good receiver keeps a unique key on (device, time, seqNumber); the bad one stores what it gets.")
    return 0


def _show(kind: str, settings: "dict[str, object]", *, no_color: bool) -> "Report":
    """Print a command, run it, print its report, and give it."""
    from sigcheck.cli import output
    from sigcheck.cli.options import arguments
    from sigcheck.cli.output_options import OutputOptions
    from sigcheck.cli.playing import play
    from sigcheck.cli.verifying import begin
    from sigcheck.config import decode
    from sigcheck.config.setting import option
    from sigcheck.planning import make_plan
    from sigcheck.report import render

    click.echo(f"--- the {kind} receiver ---")
    click.echo("$ " + shlex.join(["sigcheck", "verify", *arguments(settings)]))
    click.echo()  # it flushes: the command shall be seen before its progress on stderr
    report = play(*begin(make_plan(decode(settings, option), spelled=option), OutputOptions(no_color=no_color)))
    output.write(render(report, "text", output.render_options(OutputOptions(no_color=no_color))))
    click.echo(f"exit code {report.exit_code}")
    click.echo()
    return report
