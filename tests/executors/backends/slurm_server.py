"""A real SLURM of one node on loopback for the tests: its daemons, their files, its queue; stopped for certain."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from gateway_server import free_ports

DAEMONS = ("munged", "slurmctld", "slurmd")
CORES, MEMORY = 2, 6000  # of the node as SLURM is told, memory in MiB
ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL")  # no daemon outlives a test that is killed
CONFIGURATION = """
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort={controller}
SlurmdPort={node}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=bf_interval=1,sched_interval=2,batch_sched_delay=0,defer_batch
EnforcePartLimits=ALL
KillWait=2
InactiveLimit=0
ReturnToService=2
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=1-00:00:00 State=UP
"""


@dataclass(frozen=True)
class Slurm:
    """A running SLURM: its folder, and its daemons' processes."""

    folder: Path
    processes: tuple[int, ...]

    @property
    def configuration(self) -> str:
        """The file that `SLURM_CONF` has to name."""
        return str(self.folder / "slurm.conf")

    def site(self, **changes: object) -> dict[str, object]:
        """Give the content of a site's YAML for it."""
        content: dict[str, object] = {
            "cluster": "slurm",
            "workers": 2,
            "cores": 1,
            "memory": "1500 MiB",
            "walltime": "00:10:00",
            "queue": "main",
            "interface": "lo",
            "shared_folder": str(self.folder),
            "start_timeout": 60,
        }
        return content | changes

    def ask(self, *command: str) -> str:
        """Run one of SLURM's commands and give what it prints."""
        environment = os.environ | {"SLURM_CONF": self.configuration}
        told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=30)
        return told.stdout

    def jobs(self, states: str = "all") -> list[str]:
        """List the jobs in the queue that are not over, by their numbers."""
        return self.ask("squeue", "--noheader", "--format=%i", f"--states={states}").split()

    def unfinished(self) -> list[str]:
        """List the jobs that wait, run or come to their end."""
        return self.jobs("PENDING,RUNNING,COMPLETING,SUSPENDED")

    def listening(self) -> set[str]:
        """Name the addresses on which the daemons accept connections."""
        told = [each for pid in self.processes for each in psutil.Process(pid).net_connections("inet")]
        return {each.laddr.ip for each in told if each.status == psutil.CONN_LISTEN}


def missing() -> str | None:
    """Say what a SLURM of our own lacks here."""
    if os.getuid() != 0:
        return "only root can start a SLURM whose jobs run as somebody"
    lacking = [name for name in (*DAEMONS, "sbatch", "setpriv") if shutil.which(name) is None]
    if lacking:
        advice = "as root: apt-get install -y --no-install-recommends slurm-wlm munge"
        return f"no {', '.join(lacking)}; {advice}"
    return None


@contextmanager
def slurm(folder: Path) -> Iterator[Slurm]:
    """Start one with its files below `folder`, wait until its node is idle, and stop it with all its jobs."""
    host = socket.gethostname().partition(".")[0]
    controller, node = free_ports(2)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    configuration = folder / "slurm.conf"
    configuration.write_text(
        CONFIGURATION.format(host=host, controller=controller, node=node, folder=folder, cores=CORES, memory=MEMORY)
    )
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o400)
    munge = {f"--{name}-file": folder / f"munge.{name}" for name in ("key", "pid", "log", "seed")}
    commands = (
        ["munged", "-F", "--force", f"--socket={folder}/munge.socket", *(f"{a}={b}" for a, b in munge.items())],
        ["slurmctld", "-D", "-i", "-f", configuration],
        ["slurmd", "-D", "-f", configuration],
    )
    environment = os.environ | {"SLURM_CONF": str(configuration)}
    daemons: list[subprocess.Popen[bytes]] = []
    try:
        with (folder / "daemons.log").open("w") as log:
            for command in commands:
                full = [*ENDS_WITH_US, *command]
                daemons.append(subprocess.Popen(full, env=environment, stdout=log, stderr=log))
                _wait_until((folder / "munge.socket").exists, daemons, folder)
        running = Slurm(folder, tuple(each.pid for each in daemons))
        _wait_until(lambda: _idle(running), daemons, folder)
        yield running
    finally:
        if len(daemons) == len(commands) and daemons[1].poll() is None:
            _end_jobs(Slurm(folder, ()))
        for daemon in reversed(daemons):
            daemon.send_signal(signal.SIGTERM)
        for daemon in daemons:
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
        _reap(folder)


def _idle(running: Slurm) -> bool:
    try:
        return running.ask("sinfo", "--noheader", "--format=%T").strip() == "idle"
    except subprocess.CalledProcessError:
        return False


def _wait_until(ready: Callable[[], bool], daemons: list["subprocess.Popen[bytes]"], folder: Path) -> None:
    for _ in range(300):
        ended = [each.args for each in daemons if each.poll() is not None]
        assert not ended, f"{ended} ended at once:\n{(folder / 'daemons.log').read_text()}"
        if ready():
            return
        time.sleep(0.1)
    raise AssertionError(f"SLURM did not come up; see the logs in {folder}")


def _end_jobs(running: Slurm) -> None:
    """Cancel what is left in the queue: jobs outlive the daemons."""
    for _ in range(50):
        left = running.unfinished()
        if not left:
            return
        running.ask("scancel", *left)
        time.sleep(0.2)


def _reap(folder: Path) -> None:
    """End what still runs of jobs: SLURM runs them from copies of their scripts below its folder."""
    for process in psutil.process_iter():
        try:
            if any(str(folder) in word for word in process.cmdline()) and process.pid != os.getpid():
                process.kill()
        except (psutil.Error, OSError):
            continue
