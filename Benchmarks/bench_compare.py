#!/usr/bin/env python3
"""Comparing many runs: orchestrate against MLflow's and TensorBoard's own readers of the same runs.

Called by Tools/bench-compare.sh. The runs are made up in a registry and exported for the readers by
orchestrate itself, so all read the same values. Every figure is a whole process, from its start to its end;
medians of rounds that are taken in turn.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from submission.measure import median, run  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
METRICS = ["balance", "c_input", "c_target", "corr_penalty", "grad_norm", "learning_rate", "loss", "mask_input",
           "mask_target", "rms_input", "rms_target", "val_loss"]
PARAMETERS = "penalty,corr_weight,clip_value"


def registry(path, runs, epochs):
    """A registry of finished runs: 3 penalties, 5 weights, 2 clip values, seeds; one step an epoch."""
    names = "), (".join(f"'{name}'" for name in METRICS)
    noise = "(abs(random()) / 9.3e18)"
    text = f"""
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000;
BEGIN;
INSERT INTO experiment (id, name, created_at) VALUES (1, 'sweep', 1e9);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {runs})
INSERT INTO config (id, sha256, json, created_at)
  SELECT i, printf('%064x', i), json_object('batch_size', 8, 'clip_value', (i / 3) % 2 * 4 + 1, 'corr_weight',
    (i / 6) % 5 / 10.0, 'epochs', {epochs}, 'learning_rate', 0.001, 'penalty', CASE i % 3 WHEN 0 THEN 'quadratic'
    WHEN 1 THEN 'cubic' ELSE 'exponential' END, 'seed', i / 30), 1e9 FROM n;
INSERT INTO submission (id, token, experiment_id, executor, state, directory, is_array, script_sha256,
    manifest_sha256, template_sha256, job_id, created_at)
  VALUES (1, 'sweep.abc', 1, 'slurm', 'accepted', '/s', 1, printf('%064x', 1), printf('%064x', 1),
    printf('%064x', 1), 1, 1e9);
INSERT INTO run (id, name, number, experiment_id, config_id, state, submission_id, array_index, job_id, directory,
    created_at, submitted_at, started_at, ended_at, exit_code, last_step, last_epoch, last_values)
  SELECT id, 'sweep-' || id, id, 1, id, CASE WHEN id % 20 = 3 THEN 'failed' WHEN id % 50 = 7 THEN 'diverged'
    ELSE 'completed' END, 1, id, id, '/project/runs/sweep/sweep-' || id, 1e9 + id, 1e9 + id, 1e9 + id,
    1e9 + id + 3600, 0, {epochs}, {epochs}, json_object('loss', 0.125) FROM config;
INSERT INTO metric_name (name) VALUES ({names});
WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {epochs})
INSERT INTO step SELECT run.id, s.i, s.i, 1e9 + run.id + s.i FROM run CROSS JOIN s;
WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {epochs})
INSERT INTO metric SELECT run.id, m.id, s.i, 0, CASE m.name
    WHEN 'grad_norm' THEN 0.5 + (run.id % 3) * (1 + 8 * {noise} * {noise}) ELSE {noise} / 10 + 5.0 / (s.i + 4) END
  FROM run CROSS JOIN metric_name m CROSS JOIN s ORDER BY 1, 2, 3;
COMMIT;
PRAGMA journal_mode = WAL;
"""
    subprocess.run(["sqlite3", path], input=text, text=True, check=True, stdout=subprocess.DEVNULL)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--orchestrate", required=True)
    p.add_argument("--python", required=True, help="a Python that has the peers")
    p.add_argument("--rounds", type=int, default=7)
    p.add_argument("--quick", action="store_true", help="100 runs, one round")
    p.add_argument("--write", action="store_true", help="write Benchmarks/compare.md")
    settings = p.parse_args()
    runs, epochs, rounds = (100, 200, 1) if settings.quick else (1000, 200, settings.rounds)
    work = tempfile.mkdtemp(prefix="bench-compare-")
    try:
        text = measure(settings, work, runs, epochs, rounds)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(text)
    if settings.write:
        (HERE / "compare.md").write_text(text + "\n")


def measure(settings, work, runs, epochs, rounds):
    environment = dict(os.environ, NO_COLOR="1", MLFLOW_ALLOW_FILE_STORE="true", PYTHONWARNINGS="ignore")
    own = settings.orchestrate
    subprocess.run([own, "init"], cwd=work, check=True, capture_output=True)
    registry(f"{work}/.orchestrate/registry.sqlite", runs, epochs)
    for form in ("mlflow", "tensorboard"):
        subprocess.run([own, "export", "sweep", "--format", form, "--output", form], cwd=work, check=True,
                       capture_output=True)
    report = pathlib.Path(work, "report.html")
    contenders = {
        "`compare --by`": ([own, "compare", "sweep", "--by", PARAMETERS], rounds),
        "`compare --by --baseline --json`": (
            [own, "compare", "sweep", "--by", PARAMETERS, "--json", "--baseline",
             "penalty=exponential,corr_weight=0.1,clip_value=1"], rounds),
        "`report`": ([own, "report", "sweep", "--by", PARAMETERS, "--output", str(report), "--force"], rounds),
        "MLflow's client": ([settings.python, str(HERE / "readers/read_mlflow.py"), f"{work}/mlflow"],
                            max(1, rounds // 3)),
        "TensorBoard's event accumulator": (
            [settings.python, str(HERE / "readers/read_tensorboard.py"), f"{work}/tensorboard"], max(1, rounds // 3)),
    }
    taken = {name: [] for name in contenders}
    for number in range(rounds):
        for name, (arguments, wanted) in contenders.items():
            if number >= wanted:
                continue
            taken[name].append(run(arguments, environment, work, weigh=True))
            if arguments[0] == settings.python:
                found = pathlib.Path(work, "bench.log").read_text(encoding="utf-8").split()[-2:]
                wanted_counts = [str(runs), str(runs * epochs * len(METRICS))]
                assert found == wanted_counts, f"{name} read {found}, not {wanted_counts}"
    return page(settings, taken, runs, epochs, report.stat().st_size)


def version(python, package):
    return subprocess.run([python, "-c", f"import importlib.metadata as m; print(m.version('{package}'))"],
                          check=True, capture_output=True, text=True).stdout.strip()


def page(settings, taken, runs, epochs, size):
    medians = {name: median(measures) for name, measures in taken.items()}
    own = medians["`compare --by`"].seconds
    lines = [
        "# Comparing many runs", "",
        f"{runs:,} runs × {epochs} epochs × {len(METRICS)} metrics, {runs * epochs * len(METRICS):,} values, "
        f"{os.cpu_count()} processors; mlflow {version(settings.python, 'mlflow-skinny')}, tensorboard "
        f"{version(settings.python, 'tensorboard')}. `make bench-compare` wrote this page. Whole processes, from "
        "start to end; medians of the rounds in brackets, taken in turn. The readers do no more than read all "
        "values of the same runs; `compare` and `report` also make means, intervals and pictures of them.", "",
        "|  | seconds | times `compare --by` | peak memory, MB |", "| --- | ---: | ---: | ---: |"]
    for name, measured in medians.items():
        memory = "–" if measured.megabytes is None else f"{measured.megabytes:.0f}"
        lines.append(f"| {name} | {measured.seconds:.2f} ({len(taken[name])}) | {measured.seconds / own:.1f} | {memory} |")
    report = medians["`report`"].seconds
    readers = ["MLflow's client", "TensorBoard's event accumulator"]
    ratios = ", ".join(f"{medians[name].seconds / report:.1f} ({name})" for name in readers)
    lines += ["", f"The report has {size / 1e6:.2f} MB; the readers take this many times its time: {ratios}. "
              f"The load of the machine at the end was {os.getloadavg()[2]:.1f} (mean of 15 minutes)."]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
