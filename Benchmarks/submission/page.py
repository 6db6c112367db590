"""The page of a run."""
import os
import platform

from .measure import Measure


def page(contenders, missing, sizes, times, calls, states, cluster):
    """Everything that was measured, as Markdown."""
    parts = [head(missing, cluster), submitting(contenders, sizes, times), ratios(contenders, sizes, times),
             memory(contenders, sizes, times), questions(contenders, calls)]
    if states:
        parts.append(knowing(states))
    return "\n\n".join(part for part in parts if part)


def head(missing, cluster):
    lines = ["# Submitting against the peers", "",
             f"{processor()}, {os.cpu_count()} processors, {cluster.version()} with accounting, "
             "virtual nodes on the same machine. `make bench-submit` wrote this page. Whole processes, from "
             "start to end; medians; every round took each contender once, after one for warming up. Runs are held, so that nothing "
             "is started meanwhile. The load of the machine at the end was "
             f"{os.getloadavg()[2]:.1f} (mean of 15 minutes)."]
    return "\n".join(lines + [f"\nLeft out: {text}." for text in missing])


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def table(headings, rows):
    lines = ["| " + " | ".join(headings) + " |", "| " + " | ".join("---" for _ in headings) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def sizes_of(sizes):
    return [f"{size:,} run{'s' if size > 1 else ''}" for size in sizes]


def cell(value, show):
    if value is None:
        return "–"
    if isinstance(value, str):
        return "failed: " + " ".join(value.replace("|", "/").split())[-60:]
    return show(*value)


def submitting(contenders, sizes, times):
    def show(measure, rounds):
        return f"{measure.seconds * 1000:,.1f} ({rounds})"
    rows = [[one.name, one.way] + [cell(times.get((one.name, size)), show) for size in sizes]
            for one in contenders]
    return "## Time to submit, ms (rounds)\n\n" + table(["", "how"] + sizes_of(sizes), rows)


def ratios(contenders, sizes, times):
    def ratio(name, size):
        ours, theirs = times.get(("orchestrate", size)), times.get((name, size))
        if not isinstance(ours, tuple) or not isinstance(theirs, tuple):
            return "–"
        return f"{theirs[0].seconds / ours[0].seconds:.2f}"
    rows = [[one.name] + [ratio(one.name, size) for size in sizes]
            for one in contenders if one.name != "orchestrate"]
    return "## How many times orchestrate's time the others take\n\n" + table([""] + sizes_of(sizes), rows)


def megabytes(measure):
    return "–" if measure.megabytes is None else f"{measure.megabytes:,.0f}"


def memory(contenders, sizes, times):
    def show(measure, _):
        return megabytes(measure)
    rows = [[one.name] + [cell(times.get((one.name, size)), show) for size in sizes] for one in contenders]
    return "## Peak memory of the largest process, MB\n\n" + table([""] + sizes_of(sizes), rows)


def questions(contenders, calls):
    rows = []
    for one in contenders:
        seen = calls["calls"].get(one.name)
        if isinstance(seen, tuple):
            commands, requests = seen
            rows.append([one.name, ", ".join(f"{count} {name}" for name, count in commands.items()),
                         str(requests)])
        else:
            rows.append([one.name, cell(seen, str), "–"])
    return (f"## Commands of Slurm and messages to its controller for {calls['size']} runs\n\nCounted in a run of "
            "its own. Snakemake's messages hold those of the benchmark that looks whether it is done.\n\n"
            + table(["", "commands", "messages"], rows))


def knowing(states):
    def show(measure: Measure):
        return f"{measure.seconds * 1000:,.0f}"
    rows = []
    for row in states["rows"]:
        calls = ", ".join(f"{row['calls'].count(name)} {name}" for name in sorted(set(row["calls"])))
        rows.append([row["name"], show(row["own"]), show(row["plain"]), show(row["short"]),
                     f"**{row['own'].seconds / row['plain'].seconds:.2f}**", megabytes(row["own"]),
                     calls, str(row["requests"]), " ".join(row["answer"]).replace("|", "/")[:80]])
    return (f"## Time to know the state of {states['size']:,} active runs, ms\n\n16 of them run, the others wait; "
            f"medians of {states['rounds']} rounds.\n\n"
            + table(["", "its own way", "`squeue -r`", "`squeue`", "own / `squeue -r`", "MB", "commands",
                     "messages", "its last line"], rows))
