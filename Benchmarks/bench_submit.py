#!/usr/bin/env python3
"""Rounds of submitting and of asking for states, taken in turn, and the page of their medians.

Called by Tools/bench-submit.sh on a private cluster. Every figure is a whole process, from its start to its
end, and stands beside the others of the same round, so that the machine's noise is in all of them alike.
"""
import argparse
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from submission import page  # noqa: E402
from submission.cluster import Cluster  # noqa: E402
from submission.contenders import contenders  # noqa: E402
from submission.rounds import count_calls, state_rounds, submit_rounds  # noqa: E402


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--orchestrate", required=True)
    p.add_argument("--sizes", default="1,100,1000,10000")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--only", help="contenders whose names hold one of these words")
    p.add_argument("--quick", action="store_true", help="1 and 100 runs, one round, no states")
    p.add_argument("--write", action="store_true", help="write Benchmarks/submit.md")
    settings = p.parse_args()
    sizes = [1, 100] if settings.quick else [int(size) for size in settings.sizes.split(",")]
    work = pathlib.Path(tempfile.mkdtemp(prefix="bench-submit-"))
    try:
        cluster = Cluster()
        known, missing = contenders(settings.orchestrate, work, cluster)
        if settings.only:
            words = settings.only.split(",")
            known = [one for one in known if any(word in one.name for word in words)]
        rounds = 1 if settings.quick else settings.rounds
        times = submit_rounds(known, sizes, rounds, cluster)
        calls = count_calls(known, min(100, max(sizes)), work, cluster)
        states = {} if settings.quick else state_rounds(known, max(sizes), rounds + 2, cluster)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    text = page.page(known, missing, sizes, times, calls, states, cluster)
    print(text)
    if settings.write:
        (pathlib.Path(__file__).resolve().parent / "submit.md").write_text(text + "\n")


if __name__ == "__main__":
    main()
