"""What the exporter tells as metrics, beside those that every report has."""

import sigcheck
from sigcheck.exporter.prober import Probed, Prober
from sigcheck.model.network import NetworkFacts
from sigcheck.report import RenderOptions
from sigcheck.report.metrics import Family, Sample, families


def of_probe(name: str, probed: Probed) -> list[Family]:
    """Give the metrics of a scan: those of its report, and how it went."""
    target = {"target": name}
    report = probed.report

    def one(metric: str, about: str, value: float, **labels: str) -> Family:
        return Family(f"sigcheck_probe_{metric}", about, (Sample({**target, **labels}, value),))

    told = [
        one("success", "1 if the scan exits 0.", int(report.exit_code == 0)),
        one("duration_seconds", "How long the scan took.", probed.seconds),
        one("queue_seconds", "How long the scan waited for its turn in this process.", probed.queued),
    ]
    if address := _address(report.evidence.network):
        # The certificates of two addresses may end at different times: a figure says whose it is.
        told.append(one("address_info", "The address that was examined. Always 1.", 1, address=address))
    return [*told, *families([report], RenderOptions(version=sigcheck.__version__))]


def _address(network: NetworkFacts | None) -> str | None:
    tried = () if network is None else network.addresses
    return next((each.address for each in tried if each.outcome == "connected"), tried[0].address if tried else None)


def of_process(prober: Prober) -> list[Family]:
    """Give the metrics of this process."""
    counts = tuple(Sample({"result": result}, count) for result, count in prober.probes.items())
    version = (Sample({"version": sigcheck.__version__}, 1),)
    return [
        Family("sigcheck_exporter_info", "The version of this exporter. Always 1.", version),
        Family("sigcheck_exporter_probes", "Scans since the start, by what came of them.", counts, "counter"),
        Family("sigcheck_exporter_probes_running", "Scans under way.", (Sample({}, prober.running),)),
    ]
