#!/usr/bin/env python3
"""Writes recorded runs and what pandas and SciPy make of them, for the tests of `compare`.

    pip install pandas scipy
    python Tools/oracle/compare_reference.py          # from the repository's root

Tests/ReportsTests/Reference/runs.csv       the runs, their parameters and states
Tests/ReportsTests/Reference/metrics.csv    their metrics: two steps an epoch
Tests/ReportsTests/Reference/expected.json  groups and comparisons

The definitions are those of `orchestrate compare --help`; nothing here is taken from the program.
"""
import itertools
import json
import math
import pathlib

import numpy as np
import pandas as pd
import scipy
from scipy import stats

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests/ReportsTests/Reference"
RANDOM = np.random.default_rng(20)
STEPS = 2


def course(epochs, level, norm, spikes=()):
    """The values of each step: loss falls towards a level, norms scatter about one."""
    rows = []
    for step in range(1, epochs * STEPS + 1):
        epoch = (step + STEPS - 1) // STEPS
        loss = level + 1 / step + RANDOM.normal(0, 0.01)
        rows.append(dict(step=step, epoch=epoch, grad_norm=norm * RANDOM.lognormal(0, 0.3), loss=loss,
                         val_loss=level + 0.1 + 1.2 / epoch + 0.3 * max(0, epoch - 4) + RANDOM.normal(0, 0.01) if step % STEPS == 0 else None))
    for step, name, value in spikes:
        rows[step - 1][name] = value
    return rows


def record():
    runs, metrics = [], []

    def run(penalty, weight, seed, rows, state="completed"):
        name = f"sweep-{len(runs) + 1}"
        runs.append(dict(run=name, penalty=penalty, corr_weight=weight, seed=seed, state=state))
        for row in rows:
            for metric in ("grad_norm", "loss", "val_loss"):
                if row[metric] is not None:
                    metrics.append(dict(run=name, step=row["step"], epoch=row["epoch"], metric=metric, value=row[metric]))

    for seed in range(1, 8):
        shared = RANDOM.normal(0, 0.05)
        run("quadratic", 0.5, seed, course(6, 0.30 + shared, 1.5))
        spikes = {2: [(5, "grad_norm", 4.3e7)], 4: [(7, "grad_norm", math.nan), (7, "loss", math.nan)],
                  6: [(12, "val_loss", math.inf), (3, "grad_norm", 11.0)]}.get(seed, [])
        state = "diverged" if seed == 4 else "completed"
        run("exponential", 0.1, seed, course(4 if seed == 4 else 6, 0.38 + shared + RANDOM.normal(0, 0.02), 3.0, spikes), state)
    for seed in (3, 4, 5, 6, 9):
        run("cubic", 0.5, seed, course(6, 0.34 + RANDOM.normal(0, 0.05), 2.0))
    for seed in (11, 12, 13):
        run("none", 0.0, seed, course(6, 0.45 + RANDOM.normal(0, 0.05), 0.7))
    run("none", 0.0, 14, course(1, 0.5, 0.7), "running")
    run("none", 0.0, 15, [], "pending")
    run("none", 0.0, 16, course(3, 0.5, 0.7), "failed")
    return pd.DataFrame(runs), pd.DataFrame(metrics)


def exact_bootstrap(values):
    """The 95 % percentile interval of the mean over all n^n samples, each as likely as any other."""
    if len(values) < 2:
        return None, None
    n = len(values)
    means = np.array([np.mean(sample) for sample in itertools.product(values, repeat=n)]) if n <= 5 else None
    if means is None:
        grid = np.array(np.meshgrid(*[values] * n, indexing="ij")).reshape(n, -1)
        means = grid.mean(axis=0)
    return tuple(np.quantile(means, [0.025, 0.975]))


def estimate(values):
    finite = values[np.isfinite(values)]
    low, high = exact_bootstrap(list(finite))
    return dict(n=len(finite), not_finite=int(len(values) - len(finite)), mean=finite.mean() if len(finite) else None,
                sd=finite.std(ddof=1) if len(finite) > 1 else None, low=low, high=high)


def groups(runs, metrics):
    # pandas leaves NaN out of means; here a NaN makes its epoch's mean one.
    epochs = (metrics.groupby(["run", "metric", "epoch"])["value"]
              .agg(lambda values: np.mean(values.to_numpy())).reset_index())
    norms = metrics[metrics.metric == "grad_norm"]
    bad = norms[~np.isfinite(norms.value) | (norms.value > 10)].run.unique()
    runs = runs.assign(exploded=runs.run.isin(bad) | (runs.state == "diverged"))
    result = []
    for key, group in runs.groupby(["penalty", "corr_weight"]):
        finished = group[group.state == "completed"]
        entry = dict(penalty=key[0], corr_weight=key[1], n=len(group), finished=len(finished),
                     exploded=int(group.exploded.sum()),
                     active=int(group.state.isin(["running", "pending"]).sum()),
                     failed_otherwise=int(((group.state == "failed") & ~group.exploded).sum()), metrics={})
        for metric in ("loss", "val_loss"):
            of = epochs[(epochs.metric == metric) & epochs.run.isin(finished.run)].sort_values("epoch")
            entry["metrics"][metric] = dict(
                last=estimate(of.groupby("run").tail(1)["value"].to_numpy()),
                best=estimate(of.groupby("run")["value"].min().to_numpy()))
        mine = norms[norms.run.isin(group.run)]
        top = mine.assign(size=mine.value.where(np.isfinite(mine.value), np.inf)).sort_values("size", kind="stable").iloc[-1:]
        entry["highest_grad_norm"] = top["size"].item()
        means = epochs[(epochs.metric == "grad_norm") & epochs.run.isin(group.run)]["value"]
        entry["epochs_in_band"] = int(means.between(1, 10).sum())
        entry["epochs_with_norms"] = len(means)
        result.append(entry)
    return runs, epochs, result


def wilson(successes, count):
    interval = stats.binomtest(successes, count).proportion_ci(method="wilson")
    return [interval.low, interval.high]


def comparisons(runs, epochs, metric="val_loss"):
    last = epochs[epochs.metric == metric].sort_values("epoch").groupby("run").tail(1).set_index("run")["value"]
    runs = runs.assign(value=runs.run.map(last))
    known = runs[runs.run.isin(epochs[epochs.metric == "grad_norm"].run) | (runs.state == "diverged")]
    base_all = known[known.penalty == "exponential"]
    base = runs[(runs.penalty == "exponential") & (runs.state == "completed") & np.isfinite(runs.value)]
    result = []
    for penalty in ("cubic", "none", "quadratic"):
        other = runs[(runs.penalty == penalty) & (runs.state == "completed") & np.isfinite(runs.value)]
        pairs = other.set_index("seed")["value"].sub(base.set_index("seed")["value"]).dropna()
        entry = dict(penalty=penalty, paired=len(pairs) >= 2)
        if len(pairs) >= 2:
            entry.update(n=len(pairs), difference=pairs.mean(), p=stats.wilcoxon(pairs).pvalue)
            entry["low"], entry["high"] = exact_bootstrap(list(pairs))
        else:
            test = stats.permutation_test(
                (other.value, base.value), lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
                n_resamples=np.inf, vectorized=True)
            entry.update(n=len(other), n_baseline=len(base), difference=other.value.mean() - base.value.mean(), p=test.pvalue)
        all_other = known[known.penalty == penalty]
        table = [[int(all_other.exploded.sum()), int((~all_other.exploded).sum())],
                 [int(base_all.exploded.sum()), int((~base_all.exploded).sum())]]
        entry.update(p_fisher=stats.fisher_exact(table).pvalue, exploded=table[0][0], exploded_n=sum(table[0]),
                     exploded_interval=wilson(table[0][0], sum(table[0])),
                     baseline_interval=wilson(table[1][0], sum(table[1])))
        result.append(entry)
    for name in ("p", "p_fisher"):
        order = np.argsort([entry[name] for entry in result], kind="stable")
        highest = 0.0
        for rank, index in enumerate(order):
            highest = max(highest, min(1.0, (len(result) - rank) * result[index][name]))
            result[index][name + "_holm"] = highest
    return result


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    runs, metrics = record()
    runs.to_csv(FOLDER / "runs.csv", index=False)
    metrics.to_csv(FOLDER / "metrics.csv", index=False, na_rep="nan")
    runs, epochs, found = groups(runs, metrics)
    expected = dict(pandas=pd.__version__, scipy=scipy.__version__, groups=found, comparisons=comparisons(runs, epochs))
    (FOLDER / "expected.json").write_text(json.dumps(plain(expected), indent=1) + "\n")


main()
