#!/usr/bin/env python3
"""Rounds of `train` and of its PyTorch peer, taken in turn, and the table of their medians.

Called by Tools/bench-train.sh. Every figure is the median over the rounds of the median step (or of the
start) of each; the machine's noise is in all of them alike.
"""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bench import agreement, ranks, report  # noqa: E402
from bench.programs import Programs  # noqa: E402
from bench.rounds import Case, run_rounds  # noqa: E402

CASES = [Case("small", 128, 6, 4, 64), Case("base", 192, 8, 16, 250),
         Case("small", 128, 6, 16, 250), Case("base", 192, 8, 4, 64)]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--train", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--quick", action="store_true", help="two cases, one round, under three minutes")
    p.add_argument("--write", action="store_true", help="write Benchmarks/results.md")
    settings = p.parse_args()
    programs = Programs(settings.train, pathlib.Path(settings.work).resolve())
    rounds = 1 if settings.quick else settings.rounds
    results = {}
    for place, case in enumerate(CASES[:2] if settings.quick else CASES):
        # The two that people train with get all rounds, the crossed ones a single one.
        count = rounds if place < 2 else 1
        for threads in (1, 2):
            results[case, threads] = run_rounds(programs, case, threads, count)
    sections = [report.speed(results), report.shares(results, programs),
                report.memory(results), report.start(results, programs)]
    sections.append(ranks.section(programs, CASES[0], rounds))
    sections.append(agreement.section(programs, CASES[0], quick=settings.quick))
    text = report.page(sections, programs)
    print(text)
    if settings.write:
        (pathlib.Path(__file__).resolve().parent / "results.md").write_text(text + "\n")


if __name__ == "__main__":
    main()
