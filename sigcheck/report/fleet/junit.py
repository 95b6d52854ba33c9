"""A fleet as JUnit XML: one suite, a test case for each target, and one for what is missing.

A test case is red where its target's exit code is not 0: it is a failure where the receiver failed or is undecided,
and an error where sigcheck broke, was interrupted, or has no report. Names are made of the target and the vantage.
"""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from sigcheck.model.fleet import TargetSummary
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions
from sigcheck.report.fleet.telling import headline, reasons
from sigcheck.report.fleet.view import FleetReport

_KINDS = (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))


def render(fleet: FleetReport, _options: RenderOptions) -> Iterator[str]:
    """Give the document."""
    cases = [_case(each) for each in fleet.summaries]
    if fleet.notes:
        cases.append(_missing(fleet.notes))
    seconds = f"{sum(each.seconds for each in fleet.summaries):.3f}"
    suite = ET.Element("testsuite", name="sigcheck.fleet", tests=str(len(cases)), time=seconds)
    root = ET.Element("testsuites", name="sigcheck", tests=str(len(cases)), time=seconds)
    for name, tag in _KINDS:
        count = str(sum(case.find(tag) is not None for case in cases))
        suite.set(name, count)
        if name != "skipped":
            root.set(name, count)
    if fleet.runs:
        suite.set("timestamp", min(each.started_at for each in fleet.runs).isoformat(timespec="seconds"))
    suite.extend(cases)
    root.append(suite)
    ET.indent(root)
    raw: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    yield raw.decode("ascii") + "\n"


def _case(target: TargetSummary) -> ET.Element:
    about = f"sigcheck.fleet.{disarm(target.vantage)}" if target.vantage else "sigcheck.fleet"
    case = ET.Element("testcase", classname=about, name=disarm(target.target), time=f"{target.seconds:.3f}")
    lines = [*reasons(target), *([disarm(target.url)] if target.url else []), f"exit code {target.exit_code}"]
    if target.exit_code:
        ours = target.exit_code in {4, 130} or target.problem is not None
        red = ET.SubElement(case, "error" if ours else "failure", type=target.verdict, message=headline(target))
        red.text = "\n".join(lines)
    elif target.causes:
        ET.SubElement(case, "skipped").text = f"a warning, which does not fail the run: {headline(target)}"
        ET.SubElement(case, "system-out").text = "\n".join(lines)
    return case


def _missing(notes: tuple[str, ...]) -> ET.Element:
    case = ET.Element("testcase", classname="sigcheck.fleet", name="run", time="0.000")
    ET.SubElement(case, "error", type="run", message=disarm(notes[0])).text = "\n".join(map(disarm, notes))
    return case
