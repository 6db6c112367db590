#!/usr/bin/env python3
"""The mixing model of `train` in PyTorch, as fast as we can write it: the peer of `make bench-train`.

  pytorch_mixer.py --data FOLDER --engine compiled --threads 2 --width 128 --depth 6 --segments 64

prints one JSON object. Engines: `eager` (PyTorch's operations with a backward pass written by hand,
buffers made once, nothing copied), `compiled` (the same arithmetic through torch.compile, C++ wrapper)
and `autograd` (Tools/oracle/mixer.py as it stands, what one would write first; for comparison only).
With --initial and --batches, as `train run --dump` writes them, the steps are those of that run, and
--losses writes their losses, a line a step.
"""
import argparse
import ctypes
import json
import os
import pathlib
import sys
import time


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--data", required=True)
    p.add_argument("--engine", choices=["eager", "compiled", "autograd"], default="eager")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--width", type=int, default=128)
    p.add_argument("--depth", type=int, default=6)
    p.add_argument("--segments", type=int, default=64)
    p.add_argument("--batch", type=int, default=4)
    p.add_argument("--learning-rate", type=float, default=1e-3)
    p.add_argument("--seconds", type=float, default=3, help="how long to measure")
    p.add_argument("--warm-up", type=int, default=3, help="steps before, after all clips are cached")
    p.add_argument("--steps", type=int, help="take so many steps and measure nothing")
    p.add_argument("--initial", help="first parameters, safetensors")
    p.add_argument("--batches", help="JSON lines with the pairs of each step")
    p.add_argument("--losses", help="file for one line of metrics a step")
    p.add_argument("--profile", nargs="?", const="", help="time by kind of operation, and to this "
                   "file the operators that take most of it")
    p.add_argument("--seed", type=int, default=0)
    # The choices that were measured; the defaults won.
    p.add_argument("--taps", choices=["auto", "gather", "convolution"], default="auto")
    p.add_argument("--chunk", type=int, help="groups of frames mixed at once; eager 47, compiled a clip")
    p.add_argument("--cpp-wrapper", type=int, default=1, help="compiled: no Python between kernels")
    p.add_argument("--max-autotune", type=int, default=0, help="compiled: products by templates")
    p.add_argument("--banded", type=int, default=1, help="expand masks by blocks, not densely")
    p.add_argument("--malloc", type=int, default=1, help="keep freed memory (no page faults)")
    settings = p.parse_args()
    settings.corr_weight, settings.rms_weight, settings.balance_weight = 0.5, 0.3, 15.0
    settings.stride, settings.epsilon, settings.clip, settings.skip = 4, 1e-6, 5.0, 10.0
    if settings.taps == "auto":
        # At 192 channels oneDNN's convolution is faster than laying the taps side by side.
        settings.taps = "gather" if settings.width < 160 else "convolution"
    return settings


def memory(field):
    """Bytes of VmRSS or VmHWM."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024


def keep_freed_memory():
    """glibc gives large blocks back to the system and gets them again, zeroed, at every step."""
    M_MMAP_MAX, M_TRIM_THRESHOLD = -4, -1
    libc = ctypes.CDLL(None)
    libc.mallopt(M_MMAP_MAX, 0)
    libc.mallopt(M_TRIM_THRESHOLD, 0x7FFFFFFF)


def main():
    settings = arguments()
    # libgomp reads it when it is loaded.
    os.environ["OMP_NUM_THREADS"] = str(settings.threads)
    if settings.malloc:
        keep_freed_memory()
    begin = time.perf_counter()
    import torch
    imported = time.perf_counter()
    torch.set_num_threads(settings.threads)
    torch.set_flush_denormal(True)
    import_memory = memory("VmRSS")
    from peer.trainer import PeerTrainer
    trainer = PeerTrainer(settings)
    built = time.perf_counter()
    first = trainer.step()
    now = time.time()
    result = dict(
        engine=settings.engine, threads=settings.threads, torch=torch.__version__,
        import_seconds=imported - begin, build_seconds=built - imported,
        first_step_seconds=time.perf_counter() - built, first_step_at=now, first_loss=first[0],
        parameters=trainer.parameters.flat.numel(), import_bytes=import_memory)
    if settings.steps:
        for _ in range(settings.steps - 1):
            trainer.step()
    else:
        trainer.fill_caches()
        for _ in range(settings.warm_up):
            trainer.step()
        result.update(trainer.measure(settings.seconds))
    if settings.profile is not None:
        result["profile"] = trainer.profile(settings.profile)
    result.update(cache_bytes=trainer.data.cache_bytes, peak_bytes=memory("VmHWM"),
                  steps=trainer.steps, last_loss=trainer.last[0])
    json.dump(result, sys.stdout)
    print()


if __name__ == "__main__":
    main()
