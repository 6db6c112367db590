"""Rounds of one case: train, eager, compiled, train, …"""
import dataclasses
import statistics
import sys

MEASURED_SECONDS = 3


@dataclasses.dataclass(frozen=True)
class Case:
    size: str
    width: int
    depth: int
    seconds: int
    segments: int
    batch: int = 4
    bands: int = 80

    @property
    def name(self):
        return f"{self.size} {self.width} x {self.depth}, {self.seconds} s"

    @property
    def clip_samples(self):
        return self.seconds * 24000

    @property
    def groups(self):
        """Rows of the network for one clip: frames of hop 256, pooled by four."""
        return -(-(1 + self.clip_samples // 256) // 4)

    @property
    def step_flops(self):
        """Floating-point operations of the matrix products of a step, two to a multiplication and
        addition: forward, and twice as much backward (weights' and inputs' gradients), except for the
        first layer, whose inputs need none. A block is a convolution of three taps and a 1 x 1."""
        rows, w, ends = self.batch * self.groups, self.width, 2 * self.bands
        blocks, output, first = 2 * self.depth * 4 * w * w, 2 * w * ends, 2 * ends * w
        return rows * (3 * (blocks + output) + 2 * first)

    @property
    def cached_bytes_per_clip(self):
        """Samples, spectrum (513 complex bins a frame), pooled features, envelope: 32-bit floats."""
        frames = 1 + self.clip_samples // 256
        return 4 * (self.clip_samples + frames * 1026 + self.groups * self.bands + self.segments)


class Series:
    """What the rounds of one program gave."""

    def __init__(self):
        self.step, self.peak, self.start, self.cache = [], [], [], 0

    def add(self, step, peak, start, cache):
        self.step.append(step)
        self.peak.append(peak)
        self.start.append(start)
        self.cache = cache

    @property
    def milliseconds(self):
        return 1000 * statistics.median(self.step)

    @property
    def peak_bytes(self):
        return statistics.median(self.peak)

    @property
    def start_seconds(self):
        return statistics.median(self.start)


def run_rounds(programs, case, threads, rounds):
    series = {name: Series() for name in ("train", "eager", "compiled")}
    steps_per_epoch = len(list((programs.data(case) / "train").glob("*_input.wav"))) // case.batch
    for turn in range(rounds):
        say(f"{case.name}, {threads} thread{'s' * (threads > 1)}, round {turn + 1} of {rounds}")
        expected = series["train"].milliseconds / 1000 if turn else case.step_flops / threads / 60e9
        epochs = max(3, 1 + round(MEASURED_SECONDS / expected / steps_per_epoch))
        train_round(programs, case, threads, epochs, series["train"])
        for engine in ("eager", "compiled"):
            result, begin = programs.run_peer(
                case, engine, threads, "--seconds", MEASURED_SECONDS)
            if engine == "compiled" and turn == 0:
                # The first start may have compiled; a later one finds its kernels in the cache.
                series["cold"] = result["first_step_at"] - begin
                warm, begin = programs.run_peer(case, engine, threads, "--steps", 1)
                result["first_step_at"] = warm["first_step_at"]
            series[engine].add(result["median_step_seconds"], result["peak_bytes"],
                               result["first_step_at"] - begin, result["cache_bytes"])
            series.setdefault("import_bytes", result["import_bytes"])
            series.setdefault("torch", result["torch"])
    return series


def train_round(programs, case, threads, epochs, series):
    lines, begin = programs.run_train(case, threads, epochs)
    series.add(median_step(lines), peak_bytes(lines), lines[0]["time"] - begin,
               case.cached_bytes_per_clip * 2 * clips(programs, case))


def median_step(lines):
    """Seconds between the lines of an epoch, the first epoch left out: it fills the cache."""
    gaps = [after["time"] - before["time"] for before, after in zip(lines, lines[1:])
            if before["epoch"] == after["epoch"] > 1]
    return statistics.median(gaps)


def peak_bytes(lines):
    return lines[-1]["values"].get("peak_memory_mb", float("nan")) * 2**20


def clips(programs, case):
    return len(list((programs.data(case) / "train").glob("*_input.wav")))


def say(text):
    print(f"bench-train: {text}", file=sys.stderr, flush=True)
