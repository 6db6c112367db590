"""A dataset that `train dataset make` made, prepared once and kept: what `train` caches too."""
import json
import pathlib
import struct

import numpy as np
import torch

SAMPLE_RATE, FFT, HOP, BANDS = 24000, 1024, 256, 80
BINS = FFT // 2 + 1


def read_wav(path):
    """Mono samples at 24 kHz, float32; PCM of 16 bits or 32-bit float."""
    data = path.read_bytes()
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise SystemExit(f"{path}: no WAV file")
    at, code, bits = 12, None, None
    while at + 8 <= len(data):
        name, size = data[at:at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if name == b"fmt ":
            code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, at + 8)
            if code == 0xFFFE:
                code = struct.unpack_from("<H", data, at + 8 + 24)[0]
            if channels != 1 or rate != SAMPLE_RATE:
                raise SystemExit(f"{path}: {channels} channels at {rate} Hz, expected 1 at 24000")
        elif name == b"data":
            body = data[at + 8:at + 8 + size]
            if (code, bits) == (3, 32):
                return np.frombuffer(body, "<f4").copy()
            if (code, bits) == (1, 16):
                return np.frombuffer(body, "<i2").astype(np.float32) / 32768
            raise SystemExit(f"{path}: format {code} of {bits} bits, expected PCM 16 or float 32")
        at += 8 + size + size % 2
    raise SystemExit(f"{path}: no samples")


def mel_filters():
    """HTK mel scale, triangles of peak 1: [BANDS, BINS]."""
    top = 2595 * np.log10(1 + SAMPLE_RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, BANDS + 2) / 2595) - 1)
    f = np.arange(BINS) * SAMPLE_RATE / FFT
    up = (f - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - f) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(up, down)).astype(np.float32)


def mask_expansion(filters):
    """[BINS, BANDS], rows sum to 1; bins without a band take the nearest one's mask."""
    w = filters.T.copy()
    centres = filters.argmax(1)
    for b in np.where(w.sum(1) < 1e-6)[0]:
        w[b, np.abs(centres - b).argmin()] = 1
    return w / w.sum(1, keepdims=True)


class Dataset:
    """All clips of the training part in a few large tensors, one row a clip.

    samples [clips, samples]; spectra [clips, groups * stride, 2 * BINS], real and imaginary parts
    interleaved, the last group filled up with zero frames; features [clips, groups, BANDS];
    shapes [clips, segments], the centred envelope divided by segments times its deviation, so that
    Pearson's correlation is a dot product with it over the other's deviation.
    """

    def __init__(self, folder, segments, stride, epsilon):
        folder = pathlib.Path(folder)
        stems = sorted(p.name[:-len("_input.wav")]
                       for p in (folder / "train").glob("pair_*_input.wav"))
        if not stems:
            raise SystemExit(f"{folder}: no pairs train/pair_*_input.wav")
        self.pairs = ["train/" + stem for stem in stems]
        self.place = {name: i for i, name in enumerate(self.pairs)}
        self.folder, self.segments, self.stride, self.epsilon = folder, segments, stride, epsilon
        first = read_wav(folder / f"{self.pairs[0]}_input.wav")
        self.sample_count = len(first)
        self.frames = 1 + self.sample_count // HOP
        self.groups = -(-self.frames // stride)
        clips = 2 * len(self.pairs)
        self.samples, self.spectra = [None] * clips, [None] * clips
        self.features = torch.empty(clips, self.groups, BANDS)
        self.shapes = torch.empty(clips, segments)
        self.window = torch.hann_window(FFT, periodic=True)
        self.filters = torch.from_numpy(mel_filters())
        self.ready = [False] * len(self.pairs)

    @property
    def cache_bytes(self):
        rows = [t for t in self.samples + self.spectra if t is not None]
        return 4 * sum(t.numel() for t in rows + [self.features, self.shapes])

    def prepare(self, pairs):
        """Reads and analyses pairs that were not asked for before."""
        for pair in pairs:
            if not self.ready[pair]:
                self.ready[pair] = True
                for clip, role in ((2 * pair, "input"), (2 * pair + 1, "target")):
                    self._analyse(clip, self.folder / f"{self.pairs[pair]}_{role}.wav")

    def _analyse(self, clip, path):
        x = torch.from_numpy(read_wav(path))
        self.samples[clip] = x
        self.spectra[clip] = torch.zeros(self.groups * self.stride, 2 * BINS)
        spectrum = torch.stft(x, FFT, HOP, window=self.window, center=True, pad_mode="constant",
                              return_complex=True)
        planes = torch.view_as_real(spectrum.t().contiguous()).reshape(self.frames, 2 * BINS)
        self.spectra[clip][:self.frames] = planes
        power = spectrum.real.square() + spectrum.imag.square()
        feature = (torch.log(self.filters @ power + 1e-5) + 2) / 4
        padded = torch.nn.functional.pad(
            feature[None], (0, self.groups * self.stride - self.frames), mode="replicate")
        self.features[clip] = torch.nn.functional.avg_pool1d(padded, self.stride)[0].t()
        envelope = x.view(self.segments, -1).abs().amax(1)
        centred = envelope - envelope.mean()
        deviation = (centred.square().mean() + self.epsilon).sqrt()
        self.shapes[clip] = centred / (self.segments * deviation)


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    size = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    result = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        if entry["dtype"] == "F32":
            array = np.frombuffer(data[8 + size + begin:8 + size + end], "<f4")
            result[name] = torch.from_numpy(array.reshape(entry["shape"]).copy())
    return result
