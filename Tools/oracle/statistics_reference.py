#!/usr/bin/env python3
"""Writes the values that the tests hold the Swift statistics against.

    pip install numpy scipy statsmodels
    python Tools/oracle/statistics_reference.py          # from the repository's root

Tests/StatisticsTests/Reference/*.json, each with the versions that made it. Every value is NumPy's, SciPy's
or statsmodels'; only the random numbers of sampled results are made here, by the generator that
Sources/Statistics/Resampling/Xoshiro256.swift describes, so that those results can be compared digit by digit.
"""
import itertools
import json
import math
import pathlib

import numpy as np
import scipy
import statsmodels
from scipy import special, stats
from scipy.stats._resampling import BootstrapResult
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower, TTestPower
from statsmodels.stats.proportion import proportion_confint

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "StatisticsTests" / "Reference"
VERSIONS = dict(numpy=np.__version__, scipy=scipy.__version__, statsmodels=statsmodels.__version__)
MASK = (1 << 64) - 1


def save(name, **content):
    """One case a line, so that a difference can be read."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = [f'"versions": {json.dumps(VERSIONS)}']
    for key, value in content.items():
        if isinstance(value, dict):
            inner = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()]
            lines.append(f"{json.dumps(key)}: {{\n" + ",\n".join(inner) + "\n}")
        else:
            lines.append(f"{json.dumps(key)}: [\n" + ",\n".join(json.dumps(v) for v in value) + "\n]")
    path = FOLDER / f"{name}.json"
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(path, path.stat().st_size)


# Samples

def samples():
    rng = np.random.default_rng(5)
    result = {}
    for n in (1, 2, 3, 5, 7, 8, 9, 12, 13, 16, 17, 30, 50, 51, 60, 130):
        result[f"plain{n}"] = np.round(rng.normal(0.3, 1, n), 4)
    result["decimals3"] = [0.1, 0.2, -0.3]
    result["decimals5"] = [1000.1, 1000.2, 1000.3, 1000.4, 1000.1]
    result["dyadic6"] = [0.5, 1.25, -0.75, 2, 0.125, -1.5]
    result["positive6"] = [0.21, 0.34, 0.11, 0.5, 0.44, 0.03]
    result["ties8"] = [1, 2, 2, 3, -1, 3, 3, -2]
    result["ties13"] = [1, 1, 2, 2, 3, -1, 4, 4, -2, 5, 5, 3, 1]
    result["ties14"] = [1, 1, 2, 2, 3, -1, 4, 4, -2, 5, 5, 3, 1, 6]
    result["ties30"] = rng.integers(-4, 9, 30)
    result["zeros4"] = [0, 0, 1.5, 2.5]
    result["zeros9"] = [0, 1.5, -0.5, 2.25, 0, 3, 0.75, 0, 1]
    result["zeros20"] = np.round(np.concatenate([[0, 0, 0], rng.normal(0.5, 1, 17)]), 3)
    result["constant5"] = [0.1] * 5
    result["nothing3"] = [0.0] * 3
    result["nothing20"] = [0.0] * 20
    result["large5"] = np.array([3.25, 1.5, -2.75, 4.125, 0.5]) * 2.0 ** 40
    result["huge4"] = [1e200, 3e200, -2e200, 2.5e200]
    result["small5"] = np.array([3.25, 1.5, -2.75, 4.125, 0.5]) * 2.0 ** -40
    result["tiny4"] = [1e-300, 3e-300, -2e-300, 2.5e-300]
    result["exploded6"] = [0.25, 0.5, 1e20, 0.75, 0.3, 0.4]
    return {name: [float(x) for x in values] for name, values in result.items()}


SAMPLES = samples()


# The generator

class Xoshiro256:
    def __init__(self, seed):
        self.state = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            word = seed
            word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
            word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
            self.state.append(word ^ (word >> 31))

    def next(self):
        a, b, c, d = self.state
        product = (b * 5) & MASK
        result = ((((product << 7) | (product >> 57)) & MASK) * 9) & MASK
        shifted = (b << 17) & MASK
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = ((d << 45) | (d >> 19)) & MASK
        self.state = [a, b, c, d]
        return result

    def below(self, bound):
        return (self.next() * bound) >> 64


# Bootstrap

def exact_mean(x, axis=-1):
    """The mean with eleven more bits: equal resamples give equal means, in whichever order."""
    return np.mean(np.asarray(x, dtype=np.longdouble), axis=axis).astype(np.float64)


def statistic_named(name):
    return dict(mean=exact_mean, median=np.median)[name]


def every_resample(n):
    return np.array(list(itertools.product(range(n), repeat=n)), dtype=np.int8)


def sampled(sizes, resamples, seed):
    """The indices of each sample's resamples, in the order in which they are drawn."""
    rng = Xoshiro256(seed)
    rows = [[[rng.below(n) for _ in range(n)] for n in sizes] for _ in range(resamples)]
    return [np.array([row[j] for row in rows]) for j in range(len(sizes))]


def interval(data, statistic, distribution, method, level):
    """SciPy's own interval of a distribution that is given."""
    given = BootstrapResult(confidence_interval=None, bootstrap_distribution=distribution, standard_error=None)
    result = stats.bootstrap(data, statistic, n_resamples=0, bootstrap_result=given, method=method,
                             confidence_level=level, vectorized=True).confidence_interval
    ends = [float(result.low), float(result.high)]
    return ends if all(map(math.isfinite, ends)) else None


def bootstrap_cases():
    cases = []
    for name, statistic, resamples in [
        *[(name, "mean", 0) for name in (
            "plain2", "plain3", "plain5", "plain7", "decimals3", "decimals5", "dyadic6", "positive6",
            "large5", "small5", "nothing3", "constant5", "exploded6")],
        *[(name, "median", 0) for name in ("plain3", "plain5", "dyadic6", "positive6")],
        ("plain12", "mean", 9_999), ("plain30", "mean", 9_999), ("plain60", "mean", 999),
        ("ties13", "mean", 9_999), ("plain12", "median", 1_999), ("ties14", "median", 1_999),
    ]:
        values, function = np.array(SAMPLES[name]), statistic_named(statistic)
        n, seed = len(values), 20 + len(cases)
        indices = sampled([n], resamples, seed)[0] if resamples else every_resample(n)
        distribution = function(values[indices], axis=-1)
        constant = bool(np.all(values == values[0]))
        for level in (0.95, 0.8):
            percentile = interval((values,), function, distribution, "percentile", level)
            bca = None if constant else interval((values,), function, distribution, "bca", level)
            if constant:
                bca = percentile = [float(values[0])] * 2
            cases.append(dict(sample=name, statistic=statistic, level=level, resamples=resamples or 9_999,
                              seed=seed, percentile=percentile, bca=bca))
    return cases


def difference_of_means(means_a, means_b):
    """Rounded far below any digit that counts: differences that are equal but for the rounding of two means
    are ties, which BCa's bias depends on (positive6 and decimals3, in whole hundredths: a share of 0.51540
    below the statistic; of unrounded floats: 0.51502)."""
    return np.round(means_a - means_b, 13)


def two_sample_cases():
    cases = []
    for first, second, resamples in [
        ("plain2", "plain3", 0), ("plain3", "decimals3", 0), ("plain5", "small5", 0),
        ("dyadic6", "plain2", 0), ("constant5", "plain3", 0), ("decimals5", "large5", 0),
        ("positive6", "decimals3", 0), ("plain8", "plain12", 9_999), ("plain30", "ties13", 999),
    ]:
        a, b = np.array(SAMPLES[first]), np.array(SAMPLES[second])
        seed = 40 + len(cases)
        if resamples:
            i, j = sampled([len(a), len(b)], resamples, seed)
            distribution = difference_of_means(exact_mean(a[i]), exact_mean(b[j]))
        else:
            means_a, means_b = exact_mean(a[every_resample(len(a))]), exact_mean(b[every_resample(len(b))])
            distribution = difference_of_means(means_a[:, None], means_b[None, :]).ravel()
        difference = lambda x, y, axis=-1: difference_of_means(exact_mean(x, axis), exact_mean(y, axis))
        cases.append(dict(
            a=first, b=second, level=0.95, resamples=resamples or 9_999, seed=seed,
            percentile=interval((a, b), difference, distribution, "percentile", 0.95),
            bca=interval((a, b), difference, distribution, "bca", 0.95)))
    return cases


# Tests

def wilcoxon_cases():
    cases = []
    for name, values in SAMPLES.items():
        if name in ("nothing20",):
            continue
        result = stats.wilcoxon(values)
        cases.append(dict(sample=name, statistic=float(result.statistic), pValue=float(result.pvalue)))
    return cases


def sampled_p(null, observed):
    """SciPy's rule for a sampled null distribution."""
    gamma = abs(100 * np.finfo(float).eps * observed)
    tails = [np.count_nonzero(null <= observed + gamma), np.count_nonzero(null >= observed - gamma)]
    return min(1.0, 2 * (min(tails) + 1) / (len(null) + 1))


def sign_flip_cases():
    cases = []
    for name, values in SAMPLES.items():
        values = np.array(values)
        n = len(values)
        if n < 2 or n > 60 or name in ("decimals3", "nothing20"):
            continue
        scipys = None
        if n <= 17:
            scipys = float(stats.permutation_test(
                (values,), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=True,
                axis=-1).pvalue)
        own = None
        if n > 16:
            rng = Xoshiro256(7)
            null = []
            for _ in range(1_999):
                signs = []
                for place in range(n):
                    if place % 64 == 0:
                        bits = rng.next()
                    signs.append(-1 if bits & 1 else 1)
                    bits >>= 1
                null.append(np.mean(values * signs))
            own = sampled_p(np.array(null), values.mean())
        cases.append(dict(sample=name, statistic=float(np.mean(values)), exact=scipys, sampled=own,
                          resamples=1_999, seed=7))
    return cases


def permutation_cases():
    cases = []
    pairs = [
        ("plain2", "plain3"), ("plain3", "plain2"), ("plain3", "decimals3"), ("plain5", "plain5"),
        ("plain5", "positive6"), ("plain8", "positive6"), ("ties8", "zeros9"), ("ties8", "ties13"),
        ("plain8", "plain9"), ("large5", "dyadic6"), ("small5", "tiny4"), ("constant5", "constant5"),
        ("decimals5", "constant5"), ("exploded6", "positive6"), ("plain2", "plain60"),
        ("plain30", "plain60"), ("plain12", "plain13"), ("plain13", "plain12"), ("plain60", "positive6"),
    ]
    difference = lambda x, y, axis=-1: np.mean(x, axis=axis) - np.mean(y, axis=axis)
    for first, second in pairs:
        a, b = np.array(SAMPLES[first]), np.array(SAMPLES[second])
        observed = difference(a, b)
        scipys, own = None, None
        if math.comb(len(a) + len(b), len(a)) <= 200_000:
            scipys = float(stats.permutation_test(
                (a, b), difference, n_resamples=np.inf, vectorized=True, axis=-1).pvalue)
        else:
            rng = Xoshiro256(9)
            small, large = (a, b) if len(a) <= len(b) else (b, a)
            values = np.concatenate([small, large])
            null = []
            for _ in range(1_999):
                for place in range(len(small)):
                    other = place + rng.below(len(values) - place)
                    values[[place, other]] = values[[other, place]]
                value = difference(values[:len(small)], values[len(small):])
                null.append(value if len(a) <= len(b) else -value)
            own = sampled_p(np.array(null), observed)
        cases.append(dict(a=first, b=second, statistic=float(observed), exact=scipys, sampled=own,
                          resamples=1_999, seed=9))
    return cases


def holm_cases():
    rng = np.random.default_rng(3)
    lists = [[0.04], [0.01, 0.04, 0.03], [0.5, 0.5, 0.5], [0, 1, 0.02], [0.001] * 4,
             [float(x) for x in np.round(rng.uniform(0, 0.2, 12), 5)]]
    return [dict(pValues=p, adjusted=[float(x) for x in multipletests(p, method="holm")[1]]) for p in lists]


# Proportions

def wilson_cases():
    cases = []
    for successes, trials in [(0, 1), (1, 1), (0, 5), (5, 5), (2, 5), (1, 12), (7, 12), (0, 60), (60, 60),
                              (33, 60), (1, 1_000_000), (999, 1000)]:
        for level in (0.95, 0.8, 0.999):
            low, high = proportion_confint(successes, trials, alpha=1 - level, method="wilson")
            cases.append(dict(successes=successes, trials=trials, level=level, low=float(low), high=float(high)))
    return cases


def fisher_cases():
    tables = [(0, 0, 0, 0), (0, 0, 3, 4), (3, 0, 4, 0), (1, 0, 0, 1), (3, 0, 0, 3), (0, 5, 5, 0), (5, 0, 0, 5),
              (3, 1, 1, 3), (8, 2, 1, 5), (6, 2, 1, 4), (0, 5, 3, 2), (2, 3, 0, 5), (5, 0, 2, 3), (10, 20, 30, 40),
              (0, 60, 6, 54), (60, 0, 0, 60), (1, 99, 12, 88), (100, 2, 1000, 5), (345, 455, 260, 345),
              (400, 600, 500, 500), (1000, 0, 0, 1000), (7, 7, 7, 7), (2, 4, 4, 2), (12, 1, 7, 9),
              (3000, 2800, 2900, 3100)]
    cases = []
    for table in tables:
        result = stats.fisher_exact([table[:2], table[2:]])
        odds = float(result.statistic)
        cases.append(dict(table=table, pValue=float(result.pvalue),
                          oddsRatio=odds if math.isfinite(odds) else ("inf" if odds > 0 else None)))
    return cases


# Planning

def power_of(solver, effect, n, alpha):
    """statsmodels' power. SciPy 1.17's nctdtr loses digits at 800,000 degrees of freedom (no case has as
    many), and answers NaN for some lower tails that are next to nothing, as for
    nctdtr(5, 7.35, -4.03): there, the upper tail alone."""
    power = float(solver.power(effect, n, alpha))
    return power if math.isfinite(power) else float(solver.power(effect, n, alpha / 2, alternative="larger"))


def power_cases():
    cases = []
    for paired, solver in ((True, TTestPower()), (False, TTestIndPower())):
        for effect in (0.1, 0.5, 1, 2, 5):
            for n in (2, 3, 5, 12, 60, 1000):
                for alpha in (0.05, 0.001):
                    cases.append(dict(paired=paired, effect=effect, count=n, alpha=alpha,
                                      power=power_of(solver, effect, n, alpha)))
    return cases


def seeds_cases():
    cases = []
    for paired, solver in ((True, TTestPower()), (False, TTestIndPower())):
        for difference, deviation in ((0.5, 1), (0.02, 0.1), (-0.3, 0.2), (1, 1), (3, 1), (1e-6, 2e-6), (5e8, 1e9),
                                      (0.01, 1)):
            for power, alpha in ((0.8, 0.05), (0.9, 0.01)):
                size = "nobs" if paired else "nobs1"
                effect = abs(difference / deviation)
                solved = float(np.ravel(solver.solve_power(effect, power=power, alpha=alpha, **{size: None}))[0])
                count = max(2, math.ceil(solved))
                # Said by the power itself, since the solver may stop early.
                assert power_of(solver, effect, count, alpha) >= power, (difference, deviation, solved)
                assert count == 2 or power_of(solver, effect, count - 1, alpha) < power, (difference, solved)
                cases.append(dict(difference=difference, deviation=deviation, paired=paired, power=power, alpha=alpha,
                                  count=count))
    return cases


def main():
    shares = [1e-300, 1e-20, 1e-5, 0.001, 0.025, 0.3, 0.4999, 0.5, 0.7, 0.975, 0.9999, 1 - 1e-12]
    save("samples", samples=SAMPLES)
    save("description", cases=[dict(
        sample=name, mean=float(np.mean(v)), median=float(np.median(v)),
        deviation=(float(np.ldexp(np.std(np.ldexp(v, -660), ddof=1), 660)) if name == "huge4"
                   else float(np.ldexp(np.std(np.ldexp(v, 660), ddof=1), -660)) if name == "tiny4"
                   else float(np.std(v, ddof=1))) if len(v) > 1 else None,
        quantiles=[float(np.quantile(v, q)) for q in (0, 0.025, 0.25, 0.31, 0.5, 0.9, 1)])
        for name, v in SAMPLES.items()])
    save("distributions",
         normal=[[p, float(special.ndtri(p))] for p in shares],
         cdf=[[x, float(special.ndtr(x))] for x in (-38, -8, -2.5, -0.1, 0, 0.7, 3, 9)],
         t=[[p, nu, float(stats.t.ppf(p, nu))] for p in shares[1:-1] for nu in (1, 2, 2.5, 3, 9, 58, 1e4, 1e6)
            if stats.t.ppf(p, nu) > -1e15])
    save("bootstrap", oneSample=bootstrap_cases(), twoSample=two_sample_cases())
    save("tests", wilcoxon=wilcoxon_cases(), signFlip=sign_flip_cases(), permutation=permutation_cases(),
         holm=holm_cases())
    save("proportions", wilson=wilson_cases(), fisher=fisher_cases())
    save("planning", power=power_cases(), seeds=seeds_cases())


if __name__ == "__main__":
    main()
