"""The loop: order of the pairs, a step, clipping by the global norm, AdamW."""
import json
import math
import pathlib
import random
import statistics
import time

import torch

from .data import Dataset, read_safetensors
from .parameters import Parameters


class PeerTrainer:
    def __init__(self, settings):
        self.s = settings
        self.data = Dataset(settings.data, settings.segments, settings.stride, settings.epsilon)
        self.parameters = Parameters(settings.width, settings.depth)
        if settings.initial:
            self.parameters.load(read_safetensors(settings.initial))
        else:
            self.parameters.draw(settings.seed)
        self.gradients_of = self._engine()
        # One tensor for all parameters: one call of the fused kernel a step.
        flat = torch.nn.Parameter(self.parameters.flat)
        flat.grad = self.parameters.gradient
        self.optimiser = torch.optim.AdamW(
            [flat], lr=settings.learning_rate, weight_decay=0.01, fused=True)
        self.order = self._order()
        self.losses = open(settings.losses, "w") if settings.losses else None
        self.steps = 0

    def _engine(self):
        if self.s.engine == "eager":
            from .manual import ManualStep as Step
        elif self.s.engine == "compiled":
            from .compiled import CompiledStep as Step
        else:
            from .autograd import AutogradStep as Step
        return Step(self.parameters, self.data, self.s)

    def _order(self):
        """The pairs of each step, without end."""
        if self.s.batches:
            for line in pathlib.Path(self.s.batches).read_text().splitlines():
                yield [self.data.place[name] for name in json.loads(line)["pairs"]]
            raise SystemExit(f"{self.s.batches}: no more steps")
        shuffle = random.Random(self.s.seed)
        pairs, batch = list(range(len(self.data.pairs))), self.s.batch
        if batch > len(pairs):
            raise SystemExit(f"{self.s.data}: {len(pairs)} pairs, fewer than a batch")
        while True:
            shuffle.shuffle(pairs)
            for at in range(0, len(pairs) - batch + 1, batch):
                yield pairs[at:at + batch]

    def fill_caches(self):
        self.data.prepare(range(len(self.data.pairs)))

    def step(self):
        """One step. Returns loss, penalty, RMS to input and target, balance, gradient norm."""
        pairs = next(self.order)
        self.data.prepare(pairs)
        terms, c = self.gradients_of([2 * p for p in pairs], [2 * p + 1 for p in pairs])
        gradient = self.parameters.gradient
        norm = torch.linalg.vector_norm(gradient).item()
        self.last = terms.tolist() + [norm] + c.abs().mean(1).tolist()
        self.steps += 1
        if self.losses:
            names = ("loss", "corr_penalty", "rms_input", "rms_target", "balance", "grad_norm",
                     "c_input", "c_target")
            values = dict(zip(names, self.last))
            self.losses.write(json.dumps(dict(step=self.steps, values=values)) + "\n")
            self.losses.flush()
        if math.isfinite(norm) and norm <= self.s.skip:
            if norm > self.s.clip:
                gradient.mul_(self.s.clip / norm)
            self.optimiser.step()
        return self.last

    def measure(self, seconds):
        """Seconds of each step."""
        times, end = [], time.perf_counter() + seconds
        processor = time.process_time()
        before = time.perf_counter()
        while before < end or len(times) < 8:
            self.step()
            now = time.perf_counter()
            times.append(now - before)
            before = now
        return dict(step_seconds=times, median_step_seconds=statistics.median(times),
                    processor_seconds=(time.process_time() - processor) / len(times))

    def profile(self, path=None, steps=8):
        """Milliseconds a step by kind of operation; the whole table of operators to a file."""
        activity = [torch.profiler.ProfilerActivity.CPU]
        with torch.profiler.profile(activities=activity) as profiler:
            for _ in range(steps):
                self.step()
        events = profiler.key_averages()
        if path:
            table = events.table(sort_by="self_cpu_time_total", row_limit=40)
            pathlib.Path(path).write_text(table)
        kinds = dict.fromkeys(("products", "Fourier transforms", "the rest"), 0.0)
        for event in events:
            kinds[kind(event.key)] += event.self_cpu_time_total / 1000 / steps
        return kinds


def kind(operator):
    if "fft" in operator:
        return "Fourier transforms"
    names = ("aten::mm", "aten::addmm", "aten::bmm", "convolution")
    return "products" if any(name in operator for name in names) else "the rest"
