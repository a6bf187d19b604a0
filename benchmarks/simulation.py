"""Events a second from generation to file on one core, beside Pythia's generation of the same process.

Each process is generated, passed through Belle II's detector and written as a sample would be, after a warm-up that
compiles and integrates; `make bench` prints the rates. Pythia's are its events alone: no detector, no file.
"""

import argparse
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from darkbelle.datasets.simulation.planning import file_tasks, make_plan
from darkbelle.datasets.simulation.producing import BATCH, FileTask, integrate_sample, produce_file, simulate
from darkbelle.datasets.simulation.requesting import SampleRequest, request_samples
from one_pass import best

SAMPLES = {
    "mu mu (gamma)": ("mumu", 100_000, "13"),
    "tau tau": ("tautau", 80_000, "15"),
    "two-photon mu mu": ("eemumu", 100_000, ""),
    "gamma A'": ("dark_photon_invisible_m1", 150_000, ""),
}
"""Sample, the rate (events/s) aimed at, and the code of Pythia's pair."""

PYTHIA = (
    "Print:quiet = on",
    "Beams:frameType = 2",
    "Beams:idA = 11",
    "Beams:idB = -11",
    "Beams:eA = 7.007",
    "Beams:eB = 4.0",
    "WeakSingleBoson:ffbar2gmZ = on",
    "WeakZ0:gmZmode = 1",
    "PDF:lepton = on",
    "PhaseSpace:mHatMin = 0.5",
    "23:mMin = 0.5",
    "23:onMode = off",
)


def main() -> None:
    """Time every process once warm, best of a few repetitions, and print rates, aims and Pythia's rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="of each process")
    parser.add_argument("--repetitions", type=int, default=2)
    options = parser.parse_args()
    print(f"{'process':20s} {'events/s':>9s} {'aim':>8s} {'generation':>11s} {'Pythia':>8s} {'ratio':>6s}")
    for name, (sample, aim, pair) in SAMPLES.items():
        with tempfile.TemporaryDirectory() as folder:
            task = prepared(sample, options.events, Path(folder))
            rate = options.events / best(lambda task=task: produce_file(task), options.repetitions)
            alone = options.events / best(lambda task=task: generate(task), options.repetitions)
            detected = options.events / best(lambda task=task: exhaust(simulate(task)), options.repetitions)
        theirs = pythia_rate(pair) if pair and find_spec("pythia8mc") else None
        beside = f"{theirs:8.0f} {alone / theirs:6.1f}" if theirs else f"{'-':>8s} {'-':>6s}"
        print(f"{name:20s} {rate:9.0f} {aim:8d} {alone:11.0f} {beside}")
        shares = rate / alone, rate / detected - rate / alone, 1.0 - rate / detected
        print("  generation {:.0%}, detector {:.0%}, writing {:.0%} of the time".format(*shares))


def prepared(sample: str, events: int, folder: Path) -> FileTask:
    """Integrate a sample and give one file's task of so many events in one chunk."""
    (request,) = request_samples([sample])
    template = request.template.model_copy(update={"chunk": events, "chunks_per_file": 1, "events": events})
    request = SampleRequest(request.name, template, request.hypothesis)
    plan = make_plan("belle2", 1.0, folder, samples=[sample])
    integral = integrate_sample(template.process, request.parameters, plan.detector.beams.sqrt_s, 1, request.name)
    (task,) = file_tasks(plan, request, integral)
    produce_file(task)
    return task


def generate(task: FileTask) -> None:
    """Generate a task's events and nothing else."""
    from darkbelle.datasets.simulation.processes import make_process
    from darkbelle.datasets.simulation.streams import random_stream

    process = make_process(task.process, **task.parameters)
    stream = random_stream(1, task.sample, 0)
    for start in range(0, task.events, BATCH):
        process.generate(task.detector.beams.sqrt_s, min(BATCH, task.events - start), task.integral, stream)


def exhaust(steps: Iterable[object]) -> None:
    """Take every step and keep none."""
    for _ in steps:
        pass


def pythia_rate(code: str) -> float:
    """Give Pythia's events a second for a pair of leptons: spin-correlated tau decays take it long."""
    import pythia8mc

    generator = pythia8mc.Pythia("", False)
    for line in (*PYTHIA, f"23:onIfAny = {code}"):
        generator.readString(line)
    generator.init()
    number = 1_000 if code == "15" else 20_000
    return number / best(lambda: generator.nextBatch(number), 1)


if __name__ == "__main__":
    main()
