"""The examples for CI systems are what those systems accept, leak nothing into a shell, and use options that exist."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import kubernetes_validate
import pytest

from sigcheck.cli import cli
from tests import ci_examples
from tests.ci_examples import (
    ACTION,
    AZURE,
    DOCKERFILE,
    EXAMPLES,
    GATE,
    GITLAB,
    JENKINS,
    JOB,
    SERVICE,
    TIMER,
    WORKFLOW,
    load,
)
from tests.docs_blocks import ROOT
from tests.system import missing

PASTED = re.compile(r"\$\{\{|\$\([\w.]+\)|\$\[\[")
BIN = Path(sys.executable).parent
ALL = ci_examples.scripts()
SCHEMAS = {
    "github-workflows": (WORKFLOW, ()),
    "github-actions": (ACTION, ()),
    "gitlab-ci": (GITLAB, ("--data-transform", "gitlab-ci")),
    "azure-pipelines": (AZURE, ("--data-transform", "azure-pipelines", "--regex-variant", "nonunicode")),
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_pipeline_keeps_to_its_schema(schema, tmp_path):
    """GitHub, GitLab and Azure publish schemas of their files; the examples are valid by them."""
    path, options = SCHEMAS[schema]
    if path == GITLAB:
        path = tmp_path / "gitlab-ci.json"
        path.write_text(json.dumps(ci_examples.gitlab()))
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", f"vendor.{schema}", *options, str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_jenkinsfile_is_a_declarative_pipeline():
    """It parses as Groovy, in which a slip would not, and has each part that a gate needs."""
    text = JENKINS.read_bytes()
    assert not ci_examples.groovy(text).has_error
    assert ci_examples.groovy(text.replace(b"}\n", b"\n", 1)).has_error
    for part in (b"pipeline {", b"agent {", b"stages {", b"post {", b"always {", b"junit testResults:", b"timeout("):
        assert part in text


def test_no_shell_of_jenkins_is_built_by_groovy():
    """Every `sh` step is in single quotes: Groovy would paste a secret into a string in double quotes."""
    text = JENKINS.read_text()
    assert len(re.findall(r"\bsh\b", re.sub(r"//.*", "", text))) == text.count("sh '''") == 3


def test_the_job_keeps_to_kubernetes_schema():
    """The schemas of Kubernetes, without any field that they do not know, take the Job; they refuse a wrong one."""
    job = load(JOB)
    kubernetes_validate.validate(job, kubernetes_validate.latest_version(), strict=True)
    job["spec"]["backoffLimits"] = 0
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(job, kubernetes_validate.latest_version(), strict=True)


def test_the_job_is_a_gate_that_is_tried_once():
    """It is not repeated, ends in time, runs without privileges, and takes its secret from a Secret."""
    spec = load(JOB)["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    assert (spec["backoffLimit"], pod["restartPolicy"]) == (0, "Never")
    assert 60 <= spec["activeDeadlineSeconds"] <= 600
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert not container["securityContext"]["allowPrivilegeEscalation"]
    assert container["resources"].keys() == {"requests", "limits"}
    assert [entry["valueFrom"].keys() for entry in container["env"]] == [{"secretKeyRef"}]


KUBECTL = """#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in
  *" rollout "*) exit "$ROLLOUT" ;;
  *" create --filename"*) echo job.batch/sigcheck-orders-abcde ;;
  *" wait "*) exit "$WAIT" ;;
  *" get pods "*)
    case "$CODE" in
      none)
        case "$*" in *"items[0]"*)
          echo "error: error executing jsonpath: array index out of bounds: index 0, length 0" >&2
          exit 1
        esac ;;
      gone) echo "The connection to the server was refused" >&2; exit 1 ;;
      *) printf %s "$CODE" ;;
    esac ;;
esac
"""
GATES = {
    "compliant": ({"ROLLOUT": "0", "WAIT": "0", "CODE": "0"}, 0, True),
    "non-compliant": ({"ROLLOUT": "0", "WAIT": "1", "CODE": "1"}, 1, True),
    "usage": ({"ROLLOUT": "0", "WAIT": "1", "CODE": "2"}, 2, True),
    "undecided": ({"ROLLOUT": "0", "WAIT": "1", "CODE": "3"}, 3, True),
    "no-image": ({"ROLLOUT": "0", "WAIT": "1", "CODE": ""}, 3, True),
    "no-pod": ({"ROLLOUT": "0", "WAIT": "1", "CODE": "none"}, 3, True),
    "no-answer": ({"ROLLOUT": "0", "WAIT": "1", "CODE": "gone"}, 3, True),
    "no-rollout": ({"ROLLOUT": "7", "WAIT": "0", "CODE": "0"}, 7, False),
}


@pytest.mark.parametrize("name", GATES)
def test_the_gate_ends_with_the_exit_code_of_the_pod(name, tmp_path):
    """gate.sh asks a stand-in for kubectl: its exit code is that of the pod, and a failed rollout starts no Job."""
    environment, expected, created = GATES[name]
    program, calls = tmp_path / "kubectl", tmp_path / "calls"
    program.write_text(KUBECTL)
    program.chmod(0o755)
    shutil.copy(EXAMPLES / "sigcheck.toml", tmp_path)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", str(GATE), "orders", "production"],
        env=environment | {"PATH": path, "CALLS": str(calls)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == expected, done.stderr
    said = calls.read_text().splitlines()
    assert all(line.startswith("--namespace production ") for line in said)
    assert any("create --filename" in line for line in said) is created
    assert ("To roll back" in done.stderr) is (expected == 1)
    assert ("nothing is known" in done.stderr) is (name in {"no-image", "no-pod", "no-answer"})


def test_the_gate_needs_the_configuration(tmp_path):
    """Without sigcheck.toml in the folder it says so, before it asks anything of the cluster."""
    done = subprocess.run(["bash", str(GATE), "orders"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert "sigcheck.toml cannot be read" in done.stderr


@pytest.mark.system
def test_systemd_takes_the_units(tmp_path):
    """`systemd-analyze verify` finds nothing to say about the service and its timer."""
    program = shutil.which("systemd-analyze")
    if program is None:
        missing("systemd-analyze")
    unit = SERVICE.read_text().replace("/opt/sigcheck/bin/sigcheck", "/bin/true")
    (tmp_path / SERVICE.name).write_text(unit)
    shutil.copy(TIMER, tmp_path)
    done = subprocess.run(
        [program, "verify", "--recursive-errors=no", "--man=no", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("script", ALL, ids=[script.name for script in ALL])
def test_shell_is_sound(script):
    """The shell of its system parses each piece, and shellcheck finds nothing in it."""
    text = script.text.removeprefix("#!/usr/bin/env bash\n")
    done = subprocess.run([script.shell[0], "-n"], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    command = [str(BIN / "shellcheck"), "--shell", script.shell[0], "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_nothing_is_pasted_into_a_script():
    """No expression of GitHub, Azure or GitLab's `$[[ ]]` stands in a script: values come as variables."""
    assert [script.name for script in ALL if PASTED.search(script.text)] == []
    for text in ("echo ${{ inputs.target }}", "echo $(CALLBACK_TOKEN)", "echo $(Build.Reason)", "echo $[[ inputs.x ]]"):
        assert PASTED.search(text)


def test_actions_are_pinned():
    """Each foreign action is named by its commit, with its version beside it, the same wherever it is used."""
    used = {}
    for path in (ACTION, WORKFLOW):
        for name, version in re.findall(r"uses: ([^.\s]\S*) *(.*)$", path.read_text(), re.MULTILINE):
            action, _, commit = name.partition("@")
            assert re.fullmatch(r"[0-9a-f]{40}", commit), name
            assert re.fullmatch(r"# v\d+\.\d+\.\d+", version), name
            used.setdefault(action, set()).add(commit)
    assert used
    assert all(len(commits) == 1 for commits in used.values())


def test_the_action_gives_what_it_promises():
    """Its outputs are those of the step that verifies, and the reports are kept whatever came of that step."""
    action = load(ACTION)
    assert action["outputs"].keys() == {"verdict", "exit-code", "report"}
    steps = {step["name"]: step for step in action["runs"]["steps"]}
    for name in action["outputs"]:
        assert f'echo "{name}=' in steps["Verify"]["run"]
    assert steps["Keep the reports"]["if"] == "always()"


def test_every_pipeline_has_both_runs():
    """Each system has the quick gate, which names the one rule that it leaves open, and the run by night."""
    for system in ("github", "gitlab", "jenkins", "azure"):
        text = "\n".join(script.text for script in ALL if script.name.startswith(system))
        assert "--speed 240 --effects-within 5 --allow-undecided=dedup-window" in text
    for path, words in ((WORKFLOW, "schedule:"), (GITLAB, '"schedule"'), (JENKINS, "cron("), (AZURE, "schedules:")):
        assert words in path.read_text()


def test_no_two_runs_meet():
    """Each system has its lock for all branches, and the README names it."""
    locks = {
        WORKFLOW: load(WORKFLOW)["concurrency"]["group"] == "sigfox-callback",
        GITLAB: all(job["resource_group"] for job in ci_examples.gitlab().values() if "script" in job),
        JENKINS: "lock(resource: 'sigfox-callback')" in JENKINS.read_text(),
        AZURE: (load(AZURE)["lockBehavior"], load(AZURE)["jobs"][0]["environment"]) == ("sequential", "callbacks"),
    }
    assert all(locks.values()), locks
    text = (EXAMPLES / "README.md").read_text()
    assert all(word in text for word in ("`concurrency`", "`resource_group`", "`lock`", "Exclusive Lock"))


def test_pip_does_not_get_the_secret():
    """Only the step that verifies has it."""
    steps = load(AZURE)["jobs"][0]["strategy"]["runOnce"]["deploy"]["steps"]
    assert [step["displayName"] for step in steps if "env" in step] == ["Verify"]
    text = JENKINS.read_text()
    assert text.index("pip install --quiet") < text.index("CALLBACK_TOKEN = credentials")
    (install,) = [script for script in ALL if script.name == "github:Install sigcheck"]
    shown = install.text.replace('python3 -m venv "$RUNNER_TEMP/sigcheck"', "").replace(
        '"$RUNNER_TEMP/sigcheck/bin/python" -m pip install', "env #"
    )
    path = {"PATH": os.environ["PATH"], "RUNNER_TEMP": "/nowhere", "GITHUB_ACTION_PATH": "/nowhere"}
    passed = {"PIP_INDEX_URL": "https://pip.example", "https_proxy": "http://proxy.example"}
    done = subprocess.run(
        [*install.shell, "-c", shown], env=path | passed | {"CALLBACK_TOKEN": "hunter2"}, capture_output=True, text=True
    )
    assert {line.partition("=")[0] for line in done.stdout.splitlines()} == {"PATH", *passed}, done.stderr


def test_options_of_the_examples_exist():
    """Each option of each call is one of `sigcheck verify`."""
    called = [words for script in ALL for words in ci_examples.commands(script)]
    assert len(called) >= 8
    verify = cli.get_command(click.Context(cli), "verify")
    known = {name for parameter in verify.params for name in (*parameter.opts, *parameter.secondary_opts)}
    for words in called:
        assert words[1] == "verify"
        named = {word.partition("=")[0] for word in words if word.startswith("--") and word != "--"}
        assert named <= known


def test_the_image_copies_what_the_package_is_built_from():
    """Each path that pyproject.toml puts into the package is among those that the Dockerfile copies."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project, wheel = build["project"], build["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", project["readme"], *project["license-files"], build["tool"]["hatch"]["version"]["path"]}
    needed |= {*wheel["packages"], *wheel["force-include"], *wheel["shared-data"]}
    copied = {}
    for paths in re.findall(r"^COPY ([^-].*)$", DOCKERFILE.read_text(), re.MULTILINE):
        *sources, to = paths.split()
        copied |= {source: f"{to}{source}" if to.endswith("/") else to for source in sources}
    assert all(to == f"/source/{source}" for source, to in copied.items())
    assert [path for path in needed if not any(Path(path).is_relative_to(source) for source in copied)] == []


def test_every_example_is_described():
    """README.md of the folder names each file of it."""
    text = (EXAMPLES / "README.md").read_text()
    files = [path for path in EXAMPLES.rglob("*") if path.is_file() and path.name != "README.md"]
    assert [path for path in files if str(path.relative_to(EXAMPLES)) not in text] == []
