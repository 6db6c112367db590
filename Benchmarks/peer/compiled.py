"""The step for torch.compile: the same arithmetic as a pure function, so that the compiler fuses what
lies between the matrix products and the Fourier transforms."""
import torch
import torch.nn.functional as F

from .data import BANDS, BINS, FFT, HOP, mask_expansion, mel_filters

COLUMNS = 2 * BINS
aten = torch.ops.aten


class Constants:
    def __init__(self, data, settings):
        expansion = torch.from_numpy(mask_expansion(mel_filters()))
        self.expansion = expansion.repeat_interleave(2, 0).t().contiguous()
        factor = torch.full((COLUMNS, 1), 2.0)
        factor[:2] = factor[-2:] = 1
        self.reduction = (self.expansion.t() * factor).contiguous()
        window = data.window.double()
        self.synthesis = (window / FFT).float()
        squares = torch.zeros((data.groups * data.stride + 3) * HOP, dtype=torch.float64)
        for i in range(data.frames):
            squares[i * HOP:i * HOP + FFT] += window.square()
        squares[squares < 1e-9] = 1
        self.inverse = (1 / squares).float()
        weights = torch.full((settings.batch, data.groups), float(data.stride))
        weights[:, -1] = data.frames - (data.groups - 1) * data.stride
        self.group_weights = (weights / (weights.sum() * BANDS)).view(-1, 1)
        self.blocks = []
        edges = (0, 64, 160, 320, 576, COLUMNS) if settings.banded else (0, COLUMNS)
        for begin, end in zip(edges, edges[1:]):
            bands = torch.nonzero(self.reduction[begin:end].abs().sum(0)).flatten()
            low, high = int(bands[0]), int(bands[-1]) + 1
            self.blocks.append((begin, end, low, high,
                                self.expansion[low:high, begin:end].contiguous(),
                                self.reduction[begin:end, low:high].contiguous()))


class CompiledStep:
    def __init__(self, parameters, data, settings):
        self.parameters, self.data, self.s = parameters, data, settings
        self.c = Constants(data, settings)
        options = {"cpp_wrapper": bool(settings.cpp_wrapper)}
        if settings.max_autotune:
            options |= {"max_autotune": True}
        self.step = torch.compile(self.pure, dynamic=False, fullgraph=True, options=options)
        # A clip at once: smaller parts compile for minutes and are no faster.
        chunk = min(data.groups, settings.chunk or data.groups)
        self.chunks = [(i, min(i + chunk, data.groups)) for i in range(0, data.groups, chunk)]
        self.tables = (data.features, data.shapes)

    @torch.no_grad()
    def __call__(self, inputs, targets):
        clips = [[table[i] for i in side] for table in (self.data.spectra, self.data.samples)
                 for side in (inputs, targets)]
        return self.step(torch.tensor(inputs), torch.tensor(targets), self.parameters.values,
                         self.parameters.gradients, self.tables, *clips)

    def expand(self, masks):
        return torch.cat([torch.mm(masks[:, low:high], block)
                          for _, _, low, high, block, _ in self.c.blocks], 1)

    def reduce(self, x):
        return sum(F.pad(torch.mm(x[:, begin:end], block), (low, BANDS - high))
                   for begin, end, low, high, _, block in self.c.blocks)

    def pure(self, inputs, targets, p, gradients, tables, xi, xt, wi, wt):
        s, data, const = self.s, self.data, self.c
        features, shapes = tables
        b, groups, stride, width = s.batch, data.groups, data.stride, s.width
        rows, n = b * groups, data.sample_count
        g = {}
        # Network
        f = torch.cat((features[inputs], features[targets]), 2).view(rows, -1)
        x = F.linear(f, p["input.weight"], p["input.bias"])
        kept = []

        def image(t):
            return t.view(b, 1, groups, width).permute(0, 3, 1, 2)

        def gather(t, d):
            t = t.view(b, groups, width)
            return torch.cat((F.pad(t[:, :-d], (0, 0, d, 0)), t, F.pad(t[:, d:], (0, 0, 0, d))),
                             2).view(rows, 3 * width)

        for i in range(s.depth):
            name, d = f"blocks.{i}.", 2 ** (i % 6)
            normal, mean, rstd = aten.native_layer_norm(
                x, (width,), p[name + "norm.weight"], p[name + "norm.bias"], 1e-5)
            weight = p[name + "convolution.weight"]
            if s.taps == "gather":
                taps = gather(normal, d)
                h = torch.addmm(p[name + "convolution.bias"], taps,
                                weight.reshape(width, -1).t()).relu()
            else:
                taps = normal
                h = aten.convolution(
                    image(normal), weight.unsqueeze(1).permute(0, 3, 1, 2),
                    p[name + "convolution.bias"],
                    (1, 1), (0, d), (1, d), False, (0, 0), 1).relu()
                h = h.permute(0, 2, 3, 1).reshape(rows, width)
            kept.append((x, taps, mean, rstd, h))
            x = x + F.linear(h, p[name + "projection.weight"], p[name + "projection.bias"])
        normal, mean, rstd = aten.native_layer_norm(
            x, (width,), p["norm.weight"], p["norm.bias"], 1e-5)
        last = (normal, mean, rstd)
        masks = torch.sigmoid(F.linear(normal, p["output.weight"], p["output.bias"]))
        # Mix
        left, right = (self.expand(masks[:, at:at + BANDS]).view(b, groups, 1, COLUMNS)
                       for at in (0, BANDS))
        xi, xt = ([x.view(groups, stride, COLUMNS) for x in y] for y in (xi, xt))
        w, lead = const.synthesis.view(4, HOP), FFT // 2
        count = groups * stride
        clips = []
        for k in range(b):
            hops = []
            for begin, end in self.chunks:
                mixed = (left[k, begin:end] * xi[k][begin:end]
                         + right[k, begin:end] * xt[k][begin:end])
                spectrum = torch.view_as_complex(mixed.view(-1, BINS, 2))
                parts = torch.fft.irfft(spectrum, n=FFT, norm="forward").view(-1, 4, HOP)
                hops.append(sum(F.pad(parts[:, q] * w[q], (0, 0, q, 3 - q)) for q in range(4)))
            whole = hops[0]
            if len(hops) > 1:
                pieces = []
                for q, h in enumerate(hops):
                    head = h[:3] + hops[q - 1][-3:] if q else h[:3]
                    pieces += [head, h[3:-3] if q < len(hops) - 1 else h[3:]]
                whole = torch.cat(pieces)
            clips.append(whole.view(-1)[lead:lead + n])
        out = torch.stack(clips) * const.inverse[lead:lead + n]
        # Losses
        means = (const.group_weights * (masks - 0.5)).sum(0).view(2, BANDS).sum(1)
        peaks, places = out.view(b, data.segments, -1).abs().max(-1)
        centred = peaks - peaks.mean(1, keepdim=True)
        deviation = (centred.square().mean(1) + data.epsilon).sqrt()
        source = torch.stack((shapes[inputs], shapes[targets]))
        c = (source * centred).sum(-1) / deviation
        penalty = c.square().sum(0).mean()
        dc = 2 * c * (s.corr_weight / b)
        dpeaks = (source * (dc / deviation)[:, :, None]).sum(0)
        dpeaks = dpeaks - centred * (
            (dc * c).sum(0) / (data.segments * deviation.square()))[:, None]
        wi, wt = torch.stack(wi), torch.stack(wt)
        rms_i = ((out - wi).square().mean(1) + 1e-8).sqrt()
        rms_t = ((out - wt).square().mean(1) + 1e-8).sqrt()
        scale = s.rms_weight / (b * n)
        dout = (out - wi) * (scale / rms_i)[:, None] + (out - wt) * (scale / rms_t)[:, None]
        segments = out.view(b, data.segments, -1)
        here = torch.arange(n // data.segments) == places[..., None]
        dout = (dout.view_as(segments)
                + torch.where(here, dpeaks[..., None] * segments.sign(), 0.0)).view(b, n)
        # Backwards
        total = (count + 3) * HOP
        dpadded = F.pad(dout * const.inverse[lead:lead + n], (lead, total - lead - n))
        dl, dr = [], []
        for k in range(b):
            for begin, end in self.chunks:
                first, last_ = begin * stride * HOP, (end * stride + 3) * HOP
                piece = dpadded[k, first:last_]
                dframes = piece.unfold(0, FFT, HOP) * const.synthesis
                d = torch.view_as_real(torch.fft.rfft(dframes)).view(-1, stride, COLUMNS)
                dl.append((d * xi[k][begin:end]).sum(1))
                dr.append((d * xt[k][begin:end]).sum(1))
        dl, dr = self.reduce(torch.cat(dl)), self.reduce(torch.cat(dr))
        dmasks = torch.cat((dl, dr), 1) + const.group_weights * (
            2 * s.balance_weight * means).repeat_interleave(BANDS)
        dz = dmasks * masks * (1 - masks)
        normal, mean, rstd = last
        g["output.weight"], g["output.bias"] = dz.t() @ normal, dz.sum(0)
        dx, g["norm.weight"], g["norm.bias"] = aten.native_layer_norm_backward(
            dz @ p["output.weight"], x, (width,), mean, rstd, p["norm.weight"], p["norm.bias"],
            (True, True, True))
        for i in reversed(range(s.depth)):
            name, dil = f"blocks.{i}.", 2 ** (i % 6)
            x, taps, mean, rstd, h = kept[i]
            g[name + "projection.weight"] = dx.t() @ h
            g[name + "projection.bias"] = dx.sum(0)
            dh = torch.where(h > 0, dx @ p[name + "projection.weight"], 0.0)
            g[name + "convolution.bias"] = dh.sum(0)
            weight = p[name + "convolution.weight"]
            if s.taps == "gather":
                g[name + "convolution.weight"] = (dh.t() @ taps).view(width, 3, width)
                dt = (dh @ weight.reshape(width, -1)).view(b, groups, 3, width)
                dn = (dt[:, :, 1] + F.pad(dt[:, dil:, 0], (0, 0, 0, dil))
                      + F.pad(dt[:, :-dil, 2], (0, 0, dil, 0))).view(rows, width)
            else:
                dn, dw, _ = aten.convolution_backward(
                    image(dh), image(taps), weight.unsqueeze(1).permute(0, 3, 1, 2), None,
                    (1, 1), (0, dil), (1, dil), False, (0, 0), 1, (True, True, False))
                dn = dn.permute(0, 2, 3, 1).reshape(rows, width)
                g[name + "convolution.weight"] = dw.permute(0, 2, 3, 1).squeeze(1)
            dxn, g[name + "norm.weight"], g[name + "norm.bias"] = aten.native_layer_norm_backward(
                dn, x, (width,), mean, rstd, p[name + "norm.weight"], p[name + "norm.bias"],
                (True, True, True))
            dx = dx + dxn
        g["input.weight"], g["input.bias"] = dx.t() @ f, dx.sum(0)
        for name, gradient in gradients.items():
            gradient.copy_(g[name])
        balance = means.square().sum()
        loss = (s.corr_weight * penalty + s.rms_weight * (rms_i.mean() + rms_t.mean())
                + s.balance_weight * balance)
        return torch.stack((loss, penalty, rms_i.mean(), rms_t.mean(), balance)), c
