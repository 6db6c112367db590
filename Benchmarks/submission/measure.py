"""Whole processes and what they cost."""
import dataclasses
import os
import shutil
import signal
import statistics
import subprocess
import time

#: GNU time, which forks the command: a child of Python begins with the memory of Python in its books.
TIME = shutil.which("time")


@dataclasses.dataclass
class Measure:
    """One process: seconds from its start to its end, and, where it was asked for, the memory of the largest
    of its processes."""
    seconds: float
    megabytes: float | None = None


class Failed(Exception):
    """A contender that did not do its work."""


def weighed(arguments, folder, weigh):
    """The command under GNU time where its memory is wanted; that costs it a millisecond."""
    return [TIME, "-f", "%M", "-o", os.path.join(folder, "peak"), *arguments] if weigh and TIME else arguments


def peak(folder):
    """What GNU time left, in MB."""
    try:
        with open(os.path.join(folder, "peak"), encoding="utf-8") as file:
            return int(file.read().split()[-1]) / 1024
    except (OSError, ValueError, IndexError):
        return None


def run(arguments, environment, folder, limit=600, weigh=False):
    """Runs a command to its end."""
    arguments = weighed(arguments, folder, weigh)
    with open(os.path.join(folder, "bench.log"), "wb") as log:
        start = time.perf_counter()
        process = subprocess.Popen(arguments, env=environment, cwd=folder, stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        status = wait(process, start + limit)
        seconds = time.perf_counter() - start
    if status is None:
        raise Failed(f"longer than {limit} s")
    if os.waitstatus_to_exitcode(status) != 0:
        with open(os.path.join(folder, "bench.log"), "rb") as log:
            raise Failed(log.read()[-300:].decode(errors="replace").strip())
    return Measure(seconds, peak(folder))


def run_until(arguments, environment, folder, is_done, limit=600):
    """Runs a command that stays until it has done its work, and ends it then."""
    with open(os.path.join(folder, "bench.log"), "wb") as log:
        start = time.perf_counter()
        process = subprocess.Popen(arguments, env=environment, cwd=folder, stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        seconds = None
        while time.perf_counter() < start + limit and process.poll() is None:
            if is_done():
                seconds = time.perf_counter() - start
                break
            time.sleep(0.02)
        megabytes = resident(process.pid)
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if seconds is None:
        with open(os.path.join(folder, "bench.log"), "rb") as log:
            raise Failed(log.read()[-300:].decode(errors="replace").strip() or f"longer than {limit} s")
    return Measure(seconds, megabytes)


def resident(pid):
    """The highest memory of a living process so far, in MB."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return None


def wait(process, deadline):
    """The status; None where the time was over."""
    killed = []

    def end(*_):
        killed.append(True)
        os.killpg(process.pid, signal.SIGKILL)

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, max(0.001, deadline - time.perf_counter()))
    try:
        _, status = os.waitpid(process.pid, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    process.returncode = os.waitstatus_to_exitcode(status)
    return None if killed else status


def median(measures):
    """The median of both, of those that have it."""
    sizes = [m.megabytes for m in measures if m.megabytes is not None]
    return Measure(statistics.median(m.seconds for m in measures), statistics.median(sizes) if sizes else None)
