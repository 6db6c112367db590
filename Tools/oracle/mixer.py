"""The mixing model in PyTorch: the definitions that the Swift trainer is held against.

The same network, loss and transforms as Sources/Training, written with PyTorch's own operations, so
that an error in one is not an error in the other.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SAMPLE_RATE, FFT, HOP, BANDS = 24000, 1024, 256, 80


def mel_filters():
    """HTK mel scale, triangles of peak 1: [BANDS, FFT/2 + 1]."""
    top = 2595 * np.log10(1 + SAMPLE_RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, BANDS + 2) / 2595) - 1)
    f = np.arange(FFT // 2 + 1) * SAMPLE_RATE / FFT
    up = (f - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - f) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(up, down)).astype(np.float32)


def mask_expansion(filters):
    """[FFT/2 + 1, BANDS], rows sum to 1; bins without a band take the nearest one's mask."""
    w = filters.T.copy()
    centres = filters.argmax(1)
    for b in np.where(w.sum(1) < 1e-6)[0]:
        w[b, np.abs(centres - b).argmin()] = 1
    return w / w.sum(1, keepdims=True)


FILTERS = torch.from_numpy(mel_filters())
EXPANSION = torch.from_numpy(mask_expansion(mel_filters()))
WINDOW = torch.hann_window(FFT, periodic=True)


def stft(x):
    return torch.stft(x, FFT, HOP, window=WINDOW, center=True, pad_mode="constant",
                      return_complex=True)


def istft(spectrum, samples):
    return torch.istft(spectrum, FFT, HOP, window=WINDOW, center=True, length=samples)


def features(spectrum):
    return (torch.log(FILTERS @ (spectrum.abs() ** 2) + 1e-5) + 2.0) / 4.0


class ChannelNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        return self.norm(x.transpose(1, 2)).transpose(1, 2)


class Block(nn.Module):
    def __init__(self, width, dilation):
        super().__init__()
        self.norm = ChannelNorm(width)
        self.convolution = nn.Conv1d(width, width, 3, dilation=dilation, padding=dilation)
        self.projection = nn.Conv1d(width, width, 1)

    def forward(self, x):
        return x + self.projection(F.relu(self.convolution(self.norm(x))))


class Mixer(nn.Module):
    """Features of both sources [B, BANDS, T] -> masks of both."""

    def __init__(self, width, depth, stride):
        super().__init__()
        self.stride = stride
        self.input = nn.Conv1d(2 * BANDS, width, 1)
        self.blocks = nn.ModuleList([Block(width, 2 ** (i % 6)) for i in range(depth)])
        self.norm = ChannelNorm(width)
        self.output = nn.Conv1d(width, 2 * BANDS, 1)

    def forward(self, features_input, features_target):
        x = torch.cat([features_input, features_target], 1)
        frames = x.shape[-1]
        x = F.avg_pool1d(F.pad(x, (0, -frames % self.stride), mode="replicate"), self.stride)
        x = self.input(x)
        for block in self.blocks:
            x = block(x)
        z = self.output(self.norm(x)).repeat_interleave(self.stride, -1)[..., :frames]
        masks = torch.sigmoid(z)
        return masks[:, :BANDS], masks[:, BANDS:]


def envelope(x, segments):
    return x.reshape(x.shape[0], segments, -1).abs().max(-1).values


def pearson(a, b, epsilon):
    a = a - a.mean(-1, keepdim=True)
    b = b - b.mean(-1, keepdim=True)
    va, vb = (a * a).mean(-1), (b * b).mean(-1)
    return (a * b).mean(-1) / ((va + epsilon).sqrt() * (vb + epsilon).sqrt())


def penalty(c, form, clamp):
    x = c.abs()
    if form == "exponential":
        return -torch.log(1 - x.clamp(0, clamp))
    return x ** {"quadratic": 2, "cubic": 3}[form]


def step(net, xi, xt, form, segments, weight=0.5, clamp=0.95, epsilon=1e-6, balance=15.0):
    """One forward pass: a dictionary of the loss, its terms, and what they are made of."""
    si, st = stft(xi), stft(xt)
    mi, mt = net(features(si), features(st))
    out = istft((EXPANSION @ mi) * si + (EXPANSION @ mt) * st, xi.shape[-1])
    peaks = envelope(out, segments)
    ci = pearson(peaks, envelope(xi, segments), epsilon)
    ct = pearson(peaks, envelope(xt, segments), epsilon)
    cost = (penalty(ci, form, clamp) + penalty(ct, form, clamp)).mean()
    rms = lambda d: (d.pow(2).mean(-1) + 1e-8).sqrt().mean()
    rms_input, rms_target = rms(out - xi), rms(out - xt)
    even = (mi.mean() - 0.5) ** 2 + (mt.mean() - 0.5) ** 2
    loss = weight * cost + 0.3 * rms_input + 0.3 * rms_target + balance * even
    return dict(loss=loss, corr_penalty=cost, rms_input=rms_input, rms_target=rms_target,
                balance=even, c_input=ci, c_target=ct, mask_input=mi, mask_target=mt, output=out)
