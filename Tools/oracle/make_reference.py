#!/usr/bin/env python3
"""Writes the tensors that the tests hold the Swift trainer against.

    pip install torch numpy
    python Tools/oracle/make_reference.py          # from the repository's root

Tests/TrainingTests/Reference/step.safetensors    one whole step, for each penalty
Tests/AutogradTests/Reference/operations.safetensors    single layers

Everything is seeded; PyTorch's own rounding may change the last digits from version to version.
"""
import json
import pathlib
import struct

import numpy as np
import torch
import torch.nn.functional as F

import mixer

ROOT = pathlib.Path(__file__).resolve().parents[2] / "Tests"


def save(path, tensors):
    """safetensors: eight bytes of length, a JSON header, little-endian floats."""
    header, offset, blobs = {}, 0, []
    for name, value in tensors.items():
        array = np.ascontiguousarray(
            value.detach().numpy() if torch.is_tensor(value) else value, dtype="<f4")
        header[name] = dict(dtype="F32", shape=list(array.shape),
                            data_offsets=[offset, offset + array.nbytes])
        offset += array.nbytes
        blobs.append(array.tobytes())
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    print(path, path.stat().st_size)


def waves(clips, samples):
    """Tones and noise whose loudness moves."""
    rng = np.random.default_rng(7)
    t = np.arange(samples) / mixer.SAMPLE_RATE
    result = []
    for k in range(clips):
        loudness = 0.15 + 0.1 * np.sin(2 * np.pi * (1.3 + 0.9 * k) * t + k)
        tone = np.sin(2 * np.pi * (180 + 170 * k) * t) + 0.3 * np.sin(2 * np.pi * (2100 + 310 * k) * t)
        result.append(loudness * (tone + 0.2 * rng.standard_normal(samples)))
    return torch.from_numpy(np.stack(result).astype(np.float32))


def swift_parameters(net, pick):
    """Names and layouts of the Swift side: its convolutions keep outputs x taps x inputs."""
    result = {}
    for name, parameter in net.named_parameters():
        value = pick(parameter).detach()
        name = name.replace("norm.norm.", "norm.")
        if value.dim() == 3:
            value = value.permute(0, 2, 1).squeeze(1) if value.shape[2] == 1 else value.permute(0, 2, 1)
        result[name] = value.clone()
    return result


def whole_step():
    torch.manual_seed(3)
    x = waves(4, 24000)
    xi, xt = x[:2], x[2:]
    net = mixer.Mixer(width=16, depth=2, stride=4)
    with torch.no_grad():
        net.output.weight.mul_(2.0)
    start = {k: v.clone() for k, v in net.state_dict().items()}
    tensors = dict(input=xi, target=xt)
    tensors.update({"parameter." + k: v for k, v in swift_parameters(net, lambda p: p).items()})
    scalars = ["loss", "corr_penalty", "rms_input", "rms_target", "balance"]
    for form in ["exponential", "quadratic", "cubic"]:
        net.zero_grad()
        r = mixer.step(net, xi, xt, form, segments=16)
        r["loss"].backward()
        norm = torch.sqrt(sum((p.grad.double() ** 2).sum() for p in net.parameters()))
        for name in scalars:
            tensors[f"{form}.{name}"] = r[name].reshape(1)
        tensors[f"{form}.norm"] = norm.reshape(1)
        for name, value in swift_parameters(net, lambda p: p.grad).items():
            tensors[f"{form}.gradient.{name}"] = value
        if form == "quadratic":
            for name in ["c_input", "c_target", "output"]:
                tensors[name] = r[name]
            # one row a group of four frames: the frames of a group are equal
            masks = torch.cat([r["mask_input"], r["mask_target"]], 1)[..., ::4]
            tensors["masks"] = masks.transpose(1, 2).reshape(-1, 2 * mixer.BANDS)
    net.load_state_dict(start)
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.01)
    losses, norms = [], []
    for _ in range(5):
        optimiser.zero_grad()
        r = mixer.step(net, xi, xt, "quadratic", segments=16)
        r["loss"].backward()
        norm = torch.sqrt(sum((p.grad.double() ** 2).sum() for p in net.parameters())).item()
        if norm > 0.2:
            for p in net.parameters():
                p.grad.mul_(0.2 / norm)
        optimiser.step()
        losses.append(r["loss"].item())
        norms.append(norm)
    tensors["steps.loss"] = np.array(losses)
    tensors["steps.norm"] = np.array(norms)
    save(ROOT / "TrainingTests/Reference/step.safetensors", tensors)


def operations():
    torch.manual_seed(5)
    tensors = {}

    def keep(name, result, cotangent, **operands):
        """cotangent: the gradient of a scalar with respect to the result."""
        result.backward(cotangent)
        tensors[f"{name}.result"] = result
        tensors[f"{name}.cotangent"] = cotangent
        for key, value in operands.items():
            tensors[f"{name}.{key}"] = value
            if value.grad is not None:
                tensors[f"{name}.{key}.gradient"] = value.grad

    variable = lambda *shape: torch.randn(*shape).requires_grad_()
    clips, frames, inputs, outputs = 2, 11, 6, 5
    x, w, b = variable(clips * frames, inputs), variable(outputs, inputs), variable(outputs)
    y = F.linear(x, w, b)
    keep("linear", y, torch.randn_like(y), x=x, weight=w, bias=b)

    x, g, b = variable(clips * frames, inputs), variable(inputs), variable(inputs)
    y = F.layer_norm(x, (inputs,), g, b)
    keep("norm", y, torch.randn_like(y), x=x, scale=g, shift=b)

    x, w, b = variable(clips * frames, inputs), variable(outputs, 3, inputs), variable(outputs)
    z = F.conv1d(x.reshape(clips, frames, inputs).transpose(1, 2), w.permute(0, 2, 1), b,
                 dilation=2, padding=2)
    y = F.relu(z).transpose(1, 2).reshape(clips * frames, outputs)
    keep("convolution", y, torch.randn_like(y), x=x, weight=w, bias=b)

    x = variable(clips * frames, inputs)
    padded = F.pad(x.reshape(clips, frames, inputs).transpose(1, 2), (0, -frames % 4), mode="replicate")
    y = F.avg_pool1d(padded, 4).transpose(1, 2).reshape(-1, inputs)
    keep("pool", y, torch.randn_like(y), x=x)

    samples = 3000
    sources = waves(4, samples)
    si, st = mixer.stft(sources[:2]), mixer.stft(sources[2:])
    frames = si.shape[-1]
    groups = -(-frames // 4)
    m = torch.rand(2 * groups, 2 * mixer.BANDS).requires_grad_()
    full = m.reshape(2, groups, 2 * mixer.BANDS).transpose(1, 2).repeat_interleave(4, -1)[..., :frames]
    y = mixer.istft((mixer.EXPANSION @ full[:, :mixer.BANDS]) * si
                    + (mixer.EXPANSION @ full[:, mixer.BANDS:]) * st, samples)
    keep("mix", y, torch.randn_like(y), masks=m)
    tensors["mix.input"], tensors["mix.target"] = sources[:2], sources[2:]
    tensors["mix.expansion"] = mixer.EXPANSION
    tensors["mix.spectrum"] = torch.cat([si.real, si.imag], 1).transpose(1, 2)
    losses(keep)
    save(ROOT / "AutogradTests/Reference/operations.safetensors", tensors)


def pearson(a, b, form, epsilon):
    a = a - a.mean(-1, keepdim=True)
    b = b - b.mean(-1, keepdim=True)
    cov, va, vb = (a * b).mean(-1), (a * a).mean(-1), (b * b).mean(-1)
    return cov / dict(
        floor=lambda: (va + epsilon).sqrt() * (vb + epsilon).sqrt(),
        inside=lambda: (va * vb + epsilon).sqrt(),
        product=lambda: (va * vb).sqrt() + epsilon,
        outside=lambda: va.sqrt() * vb.sqrt() + epsilon)[form]()


def spectral_distance(x, r):
    """Multi-resolution STFT loss, arXiv 1910.11480, each clip for itself."""
    total = 0
    for n in [512, 1024, 2048]:
        def magnitudes(wave):
            s = torch.stft(wave, n, n // 4, window=torch.hann_window(n, dtype=wave.dtype),
                           center=True, pad_mode="constant", return_complex=True)
            return (s.real ** 2 + s.imag ** 2 + 1e-7).sqrt()
        a, b = magnitudes(x), magnitudes(r)
        norm = lambda m: (m ** 2).sum((-2, -1)).sqrt()
        total = total + norm(a - b) / norm(b) + (a.log() - b.log()).abs().mean((-2, -1))
    return (total / 3).mean()


def band_distance(x, r):
    bands = lambda wave: (mixer.FILTERS @ (mixer.stft(wave).abs() ** 2) + 1e-5).log()
    return (bands(x) - bands(r)).abs().mean((-2, -1)).mean()


def losses(keep):
    one = torch.ones(())
    x = (3 * torch.randn(40, 9)).requires_grad_()
    y = torch.sigmoid(x)
    keep("sigmoid", y, torch.randn_like(y), x=x)

    samples = 3000
    sources = waves(4, samples)
    wave = lambda: (sources[:2] + 0.3 * sources[2:].flip(0)).requires_grad_()
    x = wave()
    y = mixer.envelope(x, 24)
    keep("peaks", y, torch.randn_like(y), x=x)
    x = wave()
    keep("rms", ((x - sources[:2]).pow(2).mean(-1) + 1e-8).sqrt().mean(), one, x=x,
         reference=sources[:2])
    x = wave()
    # In double: where two bins are nearly equal or silent, float's own error is 5e-5.
    x = wave().detach().double().requires_grad_()
    keep("spectral", spectral_distance(x, sources[:2].double()), one.double(), x=x,
         reference=sources[:2])
    x = wave()
    keep("bands", band_distance(x, sources[:2]), one, x=x, reference=sources[:2],
         filters=mixer.FILTERS)

    moving, still = torch.rand(1, 24), torch.zeros(1, 24)
    rows = torch.cat([torch.rand(2, 24), moving, still, still])
    reference = torch.cat([torch.rand(2, 24), still, moving, still])
    for form in ["floor", "inside", "product", "outside"]:
        x = rows.clone().requires_grad_()
        keep(f"pearson.{form}", pearson(x, reference, form, 1e-6), torch.ones(5), x=x,
             reference=reference)


if __name__ == "__main__":
    whole_step()
    operations()
