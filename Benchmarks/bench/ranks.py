"""Scaling from one rank to two, one thread each, with the same pairs a step in all."""
import shutil
import statistics

from .programs import Failed
from .rounds import median_step


def section(programs, case, rounds):
    title = f"## Ranks ({case.name}, 1 thread each)"
    if not shutil.which("mpirun"):
        return f"{title}\n\nnot measured: mpirun is not installed"
    times = {1: [], 2: []}
    try:
        for _ in range(rounds):
            for ranks in times:
                prefix = launcher(ranks)
                lines, _ = programs.run_train(case, 1, 20, prefix=prefix)
                times[ranks].append(median_step(lines))
    except Failed as error:
        return f"{title}\n\nnot measured: {error}"
    one, two = (statistics.median(times[n]) for n in (1, 2))
    return (f"{title}\n\n| ranks | ms a step | samples/s | against one |\n|---|---|---|---|\n"
            f"| 1 | {1000 * one:.1f} | {case.batch / one:.0f} | 1 |\n"
            f"| 2 | {1000 * two:.1f} | {case.batch / two:.0f} | {one / two:.2f} |")


def launcher(ranks):
    if ranks == 1:
        return []
    return ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none",
            "-n", str(ranks)]
