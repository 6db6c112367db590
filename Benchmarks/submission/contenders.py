"""Who submits: each makes what it needs beforehand and then is one process that submits so many held runs."""
import importlib.metadata
import itertools
import pathlib
import shutil
import subprocess
import sys

from .measure import run, run_until

BIN = pathlib.Path(sys.executable).parent
SCRIPT = "#!/bin/bash\n#SBATCH --output=/dev/null\n#SBATCH --mem=50\n#SBATCH --time=60\n{}\n"
SLEEP = "sleep 900"


class Contender:
    """One way to submit."""
    #: The most runs that it is asked for, and its own word for how it submits them.
    most, way = 10_000, ""
    #: The most rounds with a thousand runs and more; 0 where the one for warming up has to do.
    few = 5

    def __init__(self, name, work, cluster):
        self.name, self.work, self.cluster = name, work / name.replace(" ", "-"), cluster
        self.numbers = itertools.count()

    def folder(self):
        folder = self.work / str(next(self.numbers))
        folder.mkdir(parents=True)
        return folder

    def submit(self, size, environment, hold=True, weigh=False):
        """Submits so many runs; returns the measure and the folder."""
        folder = self.folder()
        arguments = self.prepare(folder, size, hold)
        return run(arguments, environment, folder, weigh=weigh), folder

    def prepare(self, folder, size, hold):
        raise NotImplementedError

    def ask(self, folder, size):
        """The command that tells the state of all that was submitted in a folder; None where there is none."""
        return None


class Loop(Contender):
    most, way = 1_000, "one `sbatch` a run, from a shell loop"

    def prepare(self, folder, size, hold):
        (folder / "job.sh").write_text(SCRIPT.format(SLEEP))
        sbatch = ["sbatch", "--parsable"] + (["--hold"] if hold else []) + ["job.sh"]
        if size == 1:
            return sbatch
        return ["bash", "-c", f"for ((i = 0; i < {size}; i++)); do {' '.join(sbatch)} || exit 1; done"]


class Array(Contender):
    way = "one `sbatch --array`"

    def prepare(self, folder, size, hold):
        (folder / "job.sh").write_text(SCRIPT.format(SLEEP))
        return ["sbatch", "--parsable", f"--array=0-{size - 1}"] + (["--hold"] if hold else []) + ["job.sh"]


SUBMITIT = """
import submitit, sys, time
size, is_array, hold = int(sys.argv[1]), sys.argv[2] == "array", sys.argv[3] == "hold"
executor = submitit.AutoExecutor(folder="logs", cluster="slurm")
executor.update_parameters(timeout_min=60, mem_gb=0.05, slurm_array_parallelism=16,
                           slurm_additional_parameters={"hold": True} if hold else {})
if is_array:
    jobs = executor.map_array(time.sleep, [900] * size)
else:
    jobs = [executor.submit(time.sleep, 900) for _ in range(size)]
open("jobs", "w").write("\\n".join(job.job_id for job in jobs))
"""
SUBMITIT_STATES = """
import collections, submitit
ids = open("jobs").read().split()
jobs = [submitit.SlurmJob(folder="logs", job_id=id) for id in ids]
print(collections.Counter(job.state for job in jobs))
"""


class Submitit(Contender):
    def __init__(self, name, work, cluster, kind):
        super().__init__(name, work, cluster)
        self.kind = kind
        self.most = 10_000 if kind == "array" else 1_000
        self.few = 5 if kind == "array" else 0
        self.way = "`map_array`" if kind == "array" else "`submit` in a loop"

    def prepare(self, folder, size, hold):
        (folder / "submit.py").write_text(SUBMITIT)
        return [sys.executable, "submit.py", str(size), self.kind, "hold" if hold else "go"]

    def ask(self, folder, size):
        (folder / "states.py").write_text(SUBMITIT_STATES)
        return [sys.executable, "states.py"]


SNAKEFILE = """
rule all:
    input: expand("out/{{i}}", i=range({size}))
rule one:
    output: "out/{{i}}"
    resources: slurm_partition="cpu", slurm_account="lab", mem_mb=50, runtime=60, slurm_extra="'--hold'"
    shell: "sleep 900; touch {{output}}"
"""


class Snakemake(Contender):
    most, way, few = 1_000, "executor plugin `slurm`, until all jobs are in the queue", 0

    def submit(self, size, environment, hold=True, weigh=False):
        folder = self.folder()
        (folder / "Snakefile").write_text(SNAKEFILE.format(size=size))
        arguments = [str(BIN / "snakemake"), "--executor", "slurm", "--jobs", str(size), "--nolock",
                     "--latency-wait", "1"]
        # It stays until its jobs have ended; what it has submitted is looked up in the queue.
        path = f"{BIN}:{environment['PATH']}"
        seen = run_until(arguments, dict(environment, PATH=path), folder,
                         lambda: self.cluster.tasks() >= size)
        return seen, folder


class Orchestrate(Contender):
    way = "`orchestrate submit`, runs recorded and fsynced first"

    def __init__(self, program, work, cluster):
        super().__init__("orchestrate", work, cluster)
        self.program = program

    def prepare(self, folder, size, hold):
        subprocess.run([self.program, "init"], cwd=folder, env=self.cluster.environment, check=True,
                       capture_output=True)
        seeds = ", ".join(str(seed) for seed in range(1, size + 1))
        (folder / "Jobs" / "bench.yaml").write_text(
            "experiment: bench\ncommand: [/bin/sleep, '900']\n"
            "resources:\n  time: '01:00:00'\n  memory: 50M\n"
            f"params:\n  epochs: 1\nseeds: [{seeds}]\n")
        return [self.program, "submit", "Jobs/bench.yaml"] + (["--hold"] if hold else [])

    def ask(self, folder, size):
        return [self.program, "status"]


def contenders(program, work, cluster):
    """All that can run here, and why the others cannot."""
    known = [Loop("sbatch loop", work, cluster), Array("sbatch array", work, cluster)]
    missing = []
    if is_installed("submitit"):
        known += [Submitit("submitit array", work, cluster, "array"),
                  Submitit("submitit singly", work, cluster, "single")]
    else:
        missing.append("submitit could not be installed")
    if is_installed("snakemake-executor-plugin-slurm") and shutil.which("snakemake", path=BIN):
        known.append(Snakemake("snakemake", work, cluster))
    else:
        missing.append("Snakemake's Slurm plugin could not be installed")
    return known + [Orchestrate(program, work, cluster)], missing


def is_installed(name):
    try:
        return bool(importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return False
