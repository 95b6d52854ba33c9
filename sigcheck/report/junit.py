"""The report as JUnit XML, which every CI system reads: a suite for each target, a test case for each rule.

What is red must agree with the exit code. A rule fails its test case only where it counts for the verdict: Jenkins
marks a build unstable for one red test, while sigcheck exits 0. A warning is skipped with its text: CI systems list
skipped tests with a reason, and show nothing of a test that passed. Undecided rules are skipped too, unless
`junit_undecided` asks for failures. Two test cases speak of the run: `verdict` is red whenever the exit code is not 0,
and `run` is an error where the run was cut short or a probe broke.

Names and class names are what CI systems know a test by from build to build. They are made of the target's name, the
family and the rule alone. The reason of a skipped test is the element's text, since Jenkins' schema knows no attribute
there; Jenkins and GitLab read it.
"""

from xml.etree import ElementTree as ET

from sigcheck.model.report import Report, Reports, Result
from sigcheck.model.rule import Status
from sigcheck.redaction.disarm import disarm
from sigcheck.report import RenderOptions
from sigcheck.report.telling import called, headline, told, troubles, verdict_words
from sigcheck.report.verdict import binding

ERRORS = ("internal error", "interrupted")
"""Verdicts that say nothing of the receiver: an error, not a failure."""


def render(report: Report, options: RenderOptions) -> str:
    """Give the document with one suite."""
    return _document([_suite(report, options)])


def render_all(reports: Reports, options: RenderOptions) -> str:
    """Give the document with a suite for each target, and one that says so where not all of them were verified."""
    suites = [_suite(report, options) for report in reports.reports]
    if reports.interrupted and all(report.exit_code != reports.exit_code for report in reports.reports):
        suites.append(_cut_short(reports.interrupted))
    return _document(suites)


def _document(suites: list[ET.Element]) -> str:
    root = ET.Element("testsuites", name="sigcheck")
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in suites):.3f}")
    root.extend(suites)
    ET.indent(root)
    # Whatever the encoding of stdout is: other characters are written as references.
    raw: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return raw.decode("ascii") + "\n"


def _suite(report: Report, options: RenderOptions) -> ET.Element:
    name = disarm(report.evidence.settings.name)
    about = f"sigcheck.{name}" if name else "sigcheck"
    cases = [_rule(report, result, about, options) for result in report.results]
    cases += [_run(report, about), _verdict(report, about)]
    suite = _counted(called(report), cases, report.seconds)
    suite.set("timestamp", report.evidence.started_at.isoformat(timespec="seconds"))
    properties = ET.Element("properties")
    for key, value in _properties(report, options):
        ET.SubElement(properties, "property", name=key, value=disarm(value))
    suite.insert(0, properties)
    return suite


def _counted(name: str, cases: list[ET.Element], seconds: float) -> ET.Element:
    suite = ET.Element("testsuite", name=name, tests=str(len(cases)))
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{seconds:.3f}")
    suite.extend(cases)
    return suite


def _properties(report: Report, options: RenderOptions) -> list[tuple[str, str]]:
    evidence, gate = report.evidence, report.gate
    pairs = [
        ("verdict", report.verdict),
        ("word", report.word),
        ("exit_code", str(report.exit_code)),
        ("scope", " · ".join(report.scope.words)),
        ("fail_on", gate.fail_on),
        ("allow_undecided", ",".join(gate.allow_undecided)),
        ("url", evidence.target.url),
        ("run", evidence.run),
        ("sigcheck", options.version),
        ("policy", f"{evidence.policy.name}, read {evidence.policy.read}"),
    ]
    if evidence.tls is not None and evidence.tls.trust is not None:
        trust = evidence.tls.trust
        pairs.append(("trust", f"{trust.name} {trust.version} sha256:{trust.sha256}"))
    return pairs


def _case(classname: str, name: str, seconds: float = 0.0) -> ET.Element:
    return ET.Element("testcase", classname=classname, name=name, time=f"{seconds:.3f}")


def _rule(report: Report, result: Result, about: str, options: RenderOptions) -> ET.Element:
    case = _case(disarm(f"{about}.{result.family}"), disarm(result.rule))
    lines = told(result)
    match result.status:
        case Status.PASS:
            _text(case, "system-out", [result.summary])
        case Status.FAIL if result.expected is not None:
            _text(case, "skipped", [f"the baseline expects this failure ({result.expected}): {headline(result)}"])
            _text(case, "system-out", lines)
        case Status.FAIL if report.binds(result):
            _red(case, "failure", result.level, headline(result), lines)
        case Status.FAIL:
            _text(case, "skipped", [f"a warning, which does not fail the run ({result.level}): {headline(result)}"])
            _text(case, "system-out", lines)
        case Status.BROKEN:
            _red(case, "error", "broken", headline(result), lines)
        case Status.UNDECIDED if options.junit_undecided == "failure" and _is_open(report, result):
            _red(case, "failure", "undecided", headline(result), lines)
        case Status.UNDECIDED:
            _text(case, "skipped", [f"undecided: {result.summary}"])
            _text(case, "system-out", lines)
        case Status.SKIP:
            _text(case, "skipped", [result.summary])
    return case


def _is_open(report: Report, result: Result) -> bool:
    """Whether a rule keeps the verdict from being decided: it counts for it, and may not stay undecided."""
    return not report.ok and result in binding(report)


def _run(report: Report, about: str) -> ET.Element:
    case = _case(f"{about}.run", "run", report.seconds)
    if lines := troubles(report):
        _red(case, "error", "run", lines[0], lines)
    return case


def _verdict(report: Report, about: str) -> ET.Element:
    case = _case(f"{about}.run", "verdict")
    words = verdict_words(report)
    if report.exit_code:
        tag = "error" if report.verdict in ERRORS else "failure"
        _red(case, tag, report.verdict, words, [words, f"exit code {report.exit_code}"])
    else:
        _text(case, "system-out", [words])
    return case


def _cut_short(why: str) -> ET.Element:
    case = _case("sigcheck.run", "run")
    _red(case, "error", "interrupted", disarm(why), [disarm(f"not every target was verified: {why}")])
    return _counted("sigcheck", [case], 0.0)


def _red(case: ET.Element, tag: str, kind: str, message: str, lines: list[str]) -> None:
    ET.SubElement(case, tag, type=kind, message=message).text = "\n".join(lines)


def _text(case: ET.Element, tag: str, lines: list[str]) -> None:
    ET.SubElement(case, tag).text = "\n".join(map(disarm, lines))
