"""A target that another machine examines: its variables and files are there, and are not asked for here."""

from sigcheck.config.decoding import decode_settings, variables_in, without_files
from sigcheck.config.needs import files_of, variables_of
from sigcheck.config.wanted import Wanted
from sigcheck.errors import UsageProblem
from sigcheck.fleet.scanning import scan_settings, see_scannable
from sigcheck.fleet.target import FleetTarget
from sigcheck.plan import RunPlan
from sigcheck.planning import make_plan
from sigcheck.redaction.redact import redact_url
from sigcheck.target import parse_target

_STAND_IN = "unset"


def target_elsewhere(wanted: Wanted, *, scan: bool = False) -> tuple[FleetTarget, RunPlan | None]:
    """See that all of it that is known here can be used; raises UsageProblem.

    Where a variable decides to which host it goes, the host is "". The plan is that of a full run in which something
    else stands in the place of variables and files, None where it cannot be planned so, or is not wanted.
    """
    url = str(wanted.settings["url"][-1].value)
    variables, files = variables_of(wanted.settings), files_of(wanted.settings)
    settings = without_files(scan_settings(wanted.settings) if scan else wanted.settings)
    stand_ins = dict.fromkeys(variables, _STAND_IN)
    config = decode_settings(settings, wanted.spelled, stand_ins, name=wanted.name, place=wanted.shown_place)
    key = wanted.name or redact_url(url)
    host = ""
    try:
        if scan:
            see_scannable(config)
        if not variables_in(url.partition("://")[2].partition("/")[0] or url):
            host = parse_target(config.url).host
        plan = None if scan else make_plan(config, spelled=wanted.spelled)
    except UsageProblem as problem:
        if scan or not (variables or files):
            raise wanted.in_place(problem) from None
        plan = None
    return FleetTarget(key, wanted, host), plan
