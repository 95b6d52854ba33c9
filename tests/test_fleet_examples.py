"""The examples of examples/fleet/ are what systemd, Kubernetes, a shell and Dask accept, and use options that exist."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from distributed.cli import dask_scheduler, dask_worker

from tests.dask_cluster import EXAMPLES
from tests.system import missing

UNITS = sorted((EXAMPLES / "systemd").iterdir())
PAGE = Path(__file__).parents[1] / "docs" / "fleet-machines.md"


def objects():
    """Give the objects of Kubernetes by kind and name."""
    text = (EXAMPLES / "kubernetes" / "fleet.yaml").read_text()
    return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(text)}


@pytest.mark.parametrize("key", objects(), ids="-".join)
def test_kubernetes_takes_them(key):
    """Its schemas, without any field that they do not know, take each object."""
    kubernetes_validate.validate(objects()[key], kubernetes_validate.latest_version(), strict=True)


def test_the_service_leads_to_the_scheduler():
    """It selects the scheduler alone, there is never a second one, and nobody runs as root."""
    found = objects()
    chosen = found["Service", "sigcheck-scheduler"]["spec"]["selector"]
    scheduler, worker = (found["Deployment", f"sigcheck-{name}"]["spec"] for name in ("scheduler", "worker-eu"))
    assert chosen.items() <= scheduler["template"]["metadata"]["labels"].items()
    assert not chosen.items() <= worker["template"]["metadata"]["labels"].items()
    assert (scheduler["replicas"], scheduler["strategy"]["type"]) == (1, "Recreate")
    for each in (scheduler, worker):
        pod = each["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"]


def test_systemd_takes_the_units(tmp_path):
    """`systemd-analyze verify` finds nothing to say about them."""
    program = shutil.which("systemd-analyze")
    if program is None:
        missing("systemd-analyze")
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/sigcheck/bin/dask", "/bin/true"))
    command = [program, "verify", "--recursive-errors=no", "--man=no", *sorted(map(str, tmp_path.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_dask_has_the_options():
    """Each option that an example or the page gives to a scheduler or a worker exists."""
    known = {
        "scheduler": {name for param in dask_scheduler.main.params for name in (*param.opts, *param.secondary_opts)},
        "worker": {name for param in dask_worker.main.params for name in (*param.opts, *param.secondary_opts)},
    }
    texts = [path.read_text() for path in UNITS] + [PAGE.read_text()]
    lines = [match.groups() for text in texts for match in re.finditer(r"\bdask (scheduler|worker) (.*)", text)]
    for (kind, name), each in objects().items():
        if kind == "Deployment":
            words = each["spec"]["template"]["spec"]["containers"][0]["command"]
            lines.append((words[1], " ".join(words[2:])))
            assert name.startswith(f"sigcheck-{words[1]}")
    assert len(lines) >= 7
    for program, options in lines:
        assert set(re.findall(r"(?<!\S)--[a-z-]+", options)) <= known[program]


def test_the_script_is_sound():
    """Shellcheck finds nothing in it."""
    command = [str(Path(sys.executable).parent / "shellcheck"), str(EXAMPLES / "certificates.sh")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
