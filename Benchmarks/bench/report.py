"""The page: one table a question, absolute figures beside ratios."""
import os
import pathlib
import platform
import statistics

MB = 2**20


def page(sections, programs):
    processor = next((line.split(":")[1].strip()
                      for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                      if line.startswith("model name")), platform.machine())
    head = (f"# train against PyTorch\n\n{processor}, {os.cpu_count()} processors. `make bench-train` "
            "wrote this page; every figure was measured in the same run, in rounds of train, eager, "
            "compiled, train, …; medians. The peer is the faster of PyTorch eager and compiled.")
    usual, most = statistics.median(programs.others), max(programs.others)
    noise = (f"Meanwhile other processes used {100 * usual:.0f} % of the processors (at most "
             f"{100 * most:.0f} % while one program ran).")
    if usual > 0.05 or most > 0.3:
        noise += " **The machine was not calm: figures with two threads suffer most.**"
    return "\n\n".join([head, noise, *sections])


def table(heads, rows):
    return "\n".join("| " + " | ".join(cells) + " |"
                     for cells in [heads, ["---"] * len(heads), *rows])


def peer(series):
    return min(("eager", "compiled"), key=lambda name: series[name].milliseconds)


def speed(results):
    rows = []
    for (case, threads), s in results.items():
        ms = {name: s[name].milliseconds for name in ("train", "eager", "compiled")}
        rows.append([case.name, str(threads), *(f"{ms[n]:.1f}" for n in ms),
                     *(f"{1000 * case.batch / ms[n]:.1f}" for n in ("train", peer(s))),
                     f"**{ms[peer(s)] / ms['train']:.2f}**", str(len(s["train"].step))])
    return "## Speed (batches of 4 pairs)\n\n" + table(
        ["model, clips", "threads", "train ms/step", "eager ms", "compiled ms", "train samples/s",
         "peer samples/s", "train / peer", "rounds"], rows)


def shares(results, programs):
    peaks = {}
    for threads in sorted({threads for _, threads in results}):
        measured = programs.sgemm(threads)
        peaks[threads] = max(numbers(measured), default=None)
    rows = []
    for (case, threads), s in results.items():
        peak = peaks[threads]
        cells = [case.name, str(threads), f"{case.step_flops / 1e9:.2f}",
                 f"{peak:.0f}" if peak else "-"]
        for name in ("train", peer(s)):
            rate = case.step_flops / s[name].milliseconds / 1e6
            cells.append(f"{rate:.0f} ({100 * rate / peak:.0f} %)" if peak else f"{rate:.0f}")
        rows.append(cells)
    return ("## Share of the machine's sgemm peak\n\nMatrix products alone are counted as work; the "
            "whole step as time.\n\n" + table(
                ["model, clips", "threads", "GFLOP/step", "sgemm peak GFLOP/s", "train GFLOP/s",
                 "peer GFLOP/s"], rows))


def numbers(value):
    """All numbers under keys that name a rate."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, (int, float)) and "flop" in key.lower():
                yield inner
            elif isinstance(inner, (dict, list)):
                yield from numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner)


def memory(results):
    rows = []
    for (case, threads), s in results.items():
        name = peer(s)
        cells = [case.name, str(threads)]
        peaks = [s["train"].peak_bytes, s[name].peak_bytes]
        rest = [peak - s[n].cache for peak, n in zip(peaks, ("train", name))]
        cells += [f"{p / MB:.0f}" for p in peaks]
        cells += [f"{s['train'].cache / MB:.0f}", f"{s[name].cache / MB:.0f}"]
        cells += [f"{r / MB:.0f}" for r in rest]
        cells += [f"**{rest[0] / rest[1]:.2f}**", f"{s['import_bytes'] / MB:.0f}"]
        rows.append(cells)
    return "## Peak memory, MB\n\n" + table(
        ["model, clips", "threads", "train", "peer", "train's cache", "peer's cache",
         "train without", "peer without", "train / peer without", "of it `import torch`"], rows)


def start(results, programs):
    version = statistics.median(programs.version_seconds() for _ in range(5))
    rows = []
    for (case, threads), s in results.items():
        starts = [s[name].start_seconds for name in ("train", "eager", "compiled")]
        rows.append([case.name, str(threads), *(f"{x:.2f}" for x in starts), f"{s['cold']:.1f}",
                     f"**1/{min(starts[1:]) / starts[0]:.0f}**"])
    return (f"## Start: seconds from the process's start to the end of the first step\n\n"
            f"`train --version` takes {1000 * version:.0f} ms. Compiled: with its kernels in the cache, "
            "and the first time (empty cache where this was the first run).\n\n" + table(
                ["model, clips", "threads", "train", "eager", "compiled", "compiled, first time",
                 "train / faster"], rows))
