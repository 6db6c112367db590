"""Starts `train` and the peer, and reads what they measured of themselves."""
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parents[1]


def busy_seconds():
    """Seconds that all processors together have worked since the machine started."""
    ticks = [int(x) for x in pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    idle = ticks[3] + ticks[4]
    return (sum(ticks[:8]) - idle) / os.sysconf("SC_CLK_TCK")


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Failed(Exception):
    pass


# A machine that others use is waited for, but no longer than this in a whole run.
PATIENCE_SECONDS = 90


class Programs:
    def __init__(self, train, work):
        self.train, self.work = train, work
        self.patience = PATIENCE_SECONDS
        # The share of the processors that others used, program by program.
        self.others = []

    def data(self, case):
        return self.work / f"{case.seconds}s"

    def _run(self, command, **environment):
        """Output, when it began, seconds."""
        environment = {**os.environ, "TORCHINDUCTOR_CACHE_DIR": str(self.work / "inductor"),
                       **environment}
        begin, busy, own = time.time(), busy_seconds(), children_seconds()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env=environment)
        out, error = process.communicate()
        if process.returncode != 0:
            last = (error.strip() or out.strip() or "no message").splitlines()[-1]
            raise Failed(f"{command[0]} ended with {process.returncode}: {last}")
        seconds = time.time() - begin
        foreign = busy_seconds() - busy - (children_seconds() - own)
        self.others.append(max(0, foreign) / (seconds * os.cpu_count()))
        return out, begin, seconds

    def wait_for_calm(self):
        while self.patience > 0:
            busy = busy_seconds()
            time.sleep(1)
            if busy_seconds() - busy < 0.1 * os.cpu_count():
                return
            self.patience -= 1

    def version_seconds(self):
        return self._run([self.train, "--version"])[2]

    def knows(self, *words):
        """Whether `train` has this command."""
        try:
            self._run([self.train, *words, "--help"])
            return True
        except Failed:
            return False

    def sgemm(self, threads):
        """GFLOP/s by size; empty where this `train` has no such command."""
        try:
            out, _, _ = self._run([self.train, "bench-sgemm", "--threads", str(threads), "--json"])
            return json.loads(out)
        except (Failed, ValueError):
            return {}

    def run_train(self, case, threads, epochs, prefix=(), dump=None, **parameters):
        """Metrics, by line, of a run in a folder of its own, with when it was started."""
        folder = self.work / "run"
        shutil.rmtree(folder, ignore_errors=True)
        config = dict(data=str(self.data(case)), size=case.size, segments=case.segments,
                      epochs=epochs, batch_size=case.batch, seed=1, **parameters)
        path = self.work / "config.json"
        path.write_text(json.dumps(config))
        command = [*prefix, self.train, "run", "--config", str(path), "--run-dir", str(folder),
                   "--threads", str(threads), "--cache-megabytes", "8192"]
        if dump:
            shutil.rmtree(dump, ignore_errors=True)
            command += ["--dump", str(dump)]
        self.wait_for_calm()
        _, begin, _ = self._run(command)
        lines = (folder / "metrics.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines], begin

    def run_peer(self, case, engine, threads, *flags):
        """What the peer says, with when it was started."""
        command = [sys.executable, str(HERE / "pytorch_mixer.py"), "--data", str(self.data(case)),
                   "--engine", engine, "--threads", str(threads), "--width", str(case.width),
                   "--depth", str(case.depth), "--segments", str(case.segments),
                   "--batch", str(case.batch), *map(str, flags)]
        self.wait_for_calm()
        out, begin, _ = self._run(command)
        return json.loads(out.splitlines()[-1]), begin
