"""x509-limbo: sigcheck beside OpenSSL, a JDK and `cryptography`. Prints agreement, and what was missed."""

import shutil
import sys
import tempfile
from pathlib import Path

from tests import limbo


def main(verbose: bool = False) -> int:
    """Print the table; 1 when the goal is missed, 0 when it is met or the data is not there."""
    if not limbo.data_there():
        print(f"x509-limbo: no data at {limbo.DATA} (set SIGCHECK_LIMBO)")
        return 0
    cases = limbo.vectors()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mine = [limbo.ours(case) for case in cases]
        tools = {
            "sigcheck (must)": [opinion.accepts for opinion in mine],
            "openssl verify": [limbo.openssl(case, folder) for case in cases],
            "cryptography": [limbo.strict(case) for case in cases],
        }
        if shutil.which("javac"):
            tools["JDK"] = [accepts for accepts, _ in limbo.jdk(cases, folder)]
    bad, good = [sum(case.good is wanted for case in cases) for wanted in (False, True)]
    print(f"x509-limbo, {len(cases)} server cases: {bad} to reject, {good} to accept")
    for tool, accepts in tools.items():
        pairs = list(zip(cases, accepts, strict=True))
        rejected = sum(not taken for case, taken in pairs if not case.good)
        accepted = sum(taken for case, taken in pairs if case.good)
        print(f"  {tool:16} rejects {rejected:3} of {bad}, accepts {accepted:2} of {good}")
    if "JDK" not in tools:
        print("  no javac: the goal needs the JDK's opinion too")
        return 0
    missed = 0
    for place, case in enumerate(cases):
        both = {tools["openssl verify"][place], tools["JDK"][place]}
        if both == {case.good} and mine[place].accepts is not case.good:
            missed += 1
            print(f"  MISSED {case.id}: both rightly {'accept' if case.good else 'reject'}; {_why(mine[place])}")
    print(f"  goal (right wherever OpenSSL and the JDK both are): missed in {missed} cases")
    for family, tool in (("openssl", "openssl verify"), ("jdk", "JDK")):
        differ = [place for place in range(len(cases)) if getattr(mine[place], family) is not tools[tool][place]]
        print(f"  our model of {tool} differs from it in {len(differ)} of {len(cases)} cases")
        for place in differ if verbose else ():
            print(
                f"    {cases[place].id}: {tool} {'accepts' if tools[tool][place] else 'rejects'}; {_why(mine[place])}"
            )
    return int(missed > 0)


def _why(opinion: limbo.Opinion) -> str:
    defects = opinion.facts.defects
    return "; ".join(f"[{','.join(d.refused_by)}] {d.message[:150]}" for d in defects) or "sigcheck finds nothing"


if __name__ == "__main__":
    sys.exit(main("-v" in sys.argv))
