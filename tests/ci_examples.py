"""What the examples of examples/ci/ hold: their files as values, and every piece of shell in them."""

import shlex
from pathlib import Path
from typing import Any, NamedTuple

import tree_sitter
import tree_sitter_groovy
import yaml

EXAMPLES = Path(__file__).parents[1] / "examples" / "ci"
ACTION = EXAMPLES / "github" / "action.yml"
WORKFLOW = EXAMPLES / "github" / "workflow.yml"
GITLAB = EXAMPLES / "gitlab" / "gitlab-ci.yml"
JENKINS = EXAMPLES / "jenkins" / "Jenkinsfile"
AZURE = EXAMPLES / "azure" / "azure-pipelines.yml"
JOB = EXAMPLES / "kubernetes" / "job.yaml"
DOCKERFILE = EXAMPLES / "kubernetes" / "Dockerfile"
GATE = EXAMPLES / "kubernetes" / "gate.sh"
SERVICE = EXAMPLES / "systemd" / "sigcheck.service"
TIMER = EXAMPLES / "systemd" / "sigcheck.timer"


SHELLS = {
    "github": ("bash", "--noprofile", "--norc", "-eo", "pipefail"),
    "gitlab": ("bash", "-eo", "pipefail"),
    "jenkins": ("sh", "-xe"),
    "azure": ("bash", "--noprofile", "--norc"),
}


class Script(NamedTuple):
    """A piece of shell: where it is, its text, and whether it calls sigcheck."""

    name: str
    text: str

    @property
    def verifies(self) -> bool:
        """Whether it has a run of sigcheck in it."""
        return "sigcheck verify" in self.text

    @property
    def shell(self) -> tuple[str, ...]:
        """The shell, with the options with which its system calls it."""
        return SHELLS.get(self.name.partition(":")[0], ("bash",))


def load(path: Path) -> Any:
    """Read a YAML file; GitHub's `on` is then the key True, as YAML 1.1 has it."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def groovy(text: bytes) -> tree_sitter.Node:
    """Parse Groovy; gives the root, whose `has_error` tells whether it is Groovy at all."""
    language = tree_sitter.Language(tree_sitter_groovy.language())
    return tree_sitter.Parser(language).parse(text).root_node


def jenkins_scripts() -> list[Script]:
    """Give the text of each `sh` step as the shell gets it: Groovy joins a line that ends in a backslash."""
    found = []
    places = [groovy(JENKINS.read_bytes())]
    while places:
        place = places.pop(0)
        places[:0] = place.children
        if place.type == "juxt_function_call" and place.children[0].text == b"sh":
            quoted = place.children[1].text.decode()
            text = quoted.removeprefix("'''").removesuffix("'''").replace("\\\n", "")
            found.append(Script(f"jenkins:{place.start_point.row + 1}", text))
    return found


def gitlab() -> dict[str, Any]:
    """Read the pipeline of GitLab, each job with what it extends: the schema takes anything for a hidden job."""
    found = load(GITLAB)
    for name, job in list(found.items()):
        if isinstance(job, dict) and "extends" in job:
            found[name] = found[job["extends"]] | {key: value for key, value in job.items() if key != "extends"}
    return {name: value for name, value in found.items() if not name.startswith(".")}


def gitlab_scripts() -> list[Script]:
    """Give what the jobs of GitLab run: the preparation that they share, and each job's own commands."""
    jobs = {name: job for name, job in gitlab().items() if isinstance(job, dict) and "script" in job}
    (before,) = {"\n".join(job["before_script"]) for job in jobs.values()}
    own = [Script(f"gitlab:{name}", "\n".join(job["script"])) for name, job in jobs.items()]
    return [Script("gitlab:before_script", before), *own]


def scripts() -> list[Script]:
    """Give every piece of shell of the examples."""
    steps = [step for step in load(ACTION)["runs"]["steps"] if "run" in step]
    action = [Script(f"github:{step['name']}", step["run"]) for step in steps]
    steps = [step for step in load(AZURE)["jobs"][0]["strategy"]["runOnce"]["deploy"]["steps"] if "bash" in step]
    azure = [Script(f"azure:{step['displayName']}", step["bash"]) for step in steps]
    container = load(JOB)["spec"]["template"]["spec"]["containers"][0]
    return [
        *action,
        *gitlab_scripts(),
        *jenkins_scripts(),
        *azure,
        Script("kubernetes:job", shlex.join(["sigcheck", *container["args"]])),
        Script("kubernetes:gate", GATE.read_text(encoding="utf-8")),
        Script("systemd:service", started()),
    ]


def started() -> str:
    """Give the command of the unit, the program called by its name."""
    (line,) = [line for line in SERVICE.read_text(encoding="utf-8").splitlines() if line.startswith("ExecStart=")]
    return line.removeprefix("ExecStart=/opt/sigcheck/bin/")


def commands(script: Script) -> list[list[str]]:
    """Give the words of each call of sigcheck in a script."""
    lines = script.text.replace("\\\n", " ").splitlines()
    return [shlex.split(line.partition("||")[0]) for line in lines if line.strip().startswith("sigcheck ")]
