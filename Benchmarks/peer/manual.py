"""The step in PyTorch's eager operations with a backward pass written by hand: buffers are made once,
products are written in place, nothing is copied that can be read where it lies."""
import torch

from .data import BANDS, BINS, FFT, HOP, mask_expansion, mel_filters

COLUMNS = 2 * BINS
aten = torch.ops.aten


class BandedProduct:
    """rows x BANDS -> rows x COLUMNS and back, by the blocks of a matrix that is nearly all zeros."""

    def __init__(self, matrix, blocks=(0, 64, 160, 320, 576, COLUMNS)):
        self.parts = []
        for begin, end in zip(blocks, blocks[1:]):
            bands = torch.nonzero(matrix[begin:end].abs().sum(0)).flatten()
            low, high = int(bands[0]), int(bands[-1]) + 1
            block = matrix[begin:end, low:high].contiguous()
            self.parts.append((begin, end, low, high, block))

    def expand(self, x, out):
        for begin, end, low, high, block in self.parts:
            torch.mm(x[:, low:high], block.t(), out=out[:, begin:end])

    def add_reduced(self, x, out):
        for begin, end, low, high, block in self.parts:
            out[:, low:high].addmm_(x[:, begin:end], block)


class ManualStep:
    def __init__(self, parameters, data, settings):
        self.p, self.g = parameters.values, parameters.gradients
        self.data, self.s = data, settings
        b, groups, stride, width = settings.batch, data.groups, data.stride, settings.width
        self.rows, self.width = b * groups, width
        self.dilations = [2 ** (i % 6) for i in range(settings.depth)]
        rows = self.rows
        new = torch.empty
        self.x = [new(rows, width) for _ in range(settings.depth + 1)]
        self.dx = new(rows, width)
        self.features = new(b, groups, 2 * BANDS)
        self.masks = new(rows, 2 * BANDS)
        self.dmasks = new(rows, 2 * BANDS)
        expansion = torch.from_numpy(mask_expansion(mel_filters()))
        interleaved = expansion.repeat_interleave(2, 0)
        factor = torch.full((COLUMNS, 1), 2.0)
        factor[:2] = factor[-2:] = 1
        self.expansion = BandedProduct(interleaved)
        self.reduction = BandedProduct(interleaved * factor)
        self.expanded = [new(rows, COLUMNS) for _ in range(2)]
        frames = groups * stride
        self.padded = new(b, (frames + 3) * HOP)
        window = data.window.double()
        self.synthesis = (window / FFT).float()
        squares = torch.zeros((data.frames + 3) * HOP, dtype=torch.float64)
        for i in range(data.frames):
            squares[i * HOP:i * HOP + FFT] += window.square()
        self.lead = FFT // 2
        self.inverse = (1 / squares[self.lead:self.lead + data.sample_count]).float()
        # A chunk's spectra stay in the second-level cache.
        chunk = min(groups, settings.chunk or 47)
        self.chunks = [(i, min(i + chunk, groups)) for i in range(0, groups, chunk)]
        self.mixed = new(chunk, stride, COLUMNS)
        self.frames = new(chunk * stride, FFT)
        n = data.sample_count
        self.output = new(b, n)
        self.apart = [new(b, n) for _ in range(2)]
        self.magnitude = new(b, n)
        weights = torch.full((b, groups), float(stride))
        weights[:, -1] = data.frames - (groups - 1) * stride
        self.group_weights = (weights / (weights.sum() * BANDS)).view(1, rows)

    # The network

    def network(self, inputs, targets):
        p, x, data = self.p, self.x, self.data
        f = self.features
        f[:, :, :BANDS] = data.features[inputs]
        f[:, :, BANDS:] = data.features[targets]
        torch.addmm(p["input.bias"], f.view(self.rows, -1), p["input.weight"].t(), out=x[0])
        self.kept = []
        for i, dilation in enumerate(self.dilations):
            name = f"blocks.{i}."
            normal, mean, rstd = torch.native_layer_norm(
                x[i], (self.width,), p[name + "norm.weight"], p[name + "norm.bias"], 1e-5)
            h = aten.convolution(
                self.as_image(normal), self.kernel(p, name), p[name + "convolution.bias"],
                (1, 1), (0, dilation), (1, dilation), False, (0, 0), 1).relu_()
            rows = h.permute(0, 2, 3, 1).reshape(self.rows, self.width)
            torch.add(x[i], p[name + "projection.bias"], out=x[i + 1])
            x[i + 1].addmm_(rows, p[name + "projection.weight"].t())
            self.kept.append((normal, mean, rstd, rows))
        normal, mean, rstd = torch.native_layer_norm(
            x[-1], (self.width,), p["norm.weight"], p["norm.bias"], 1e-5)
        self.kept.append((normal, mean, rstd))
        torch.addmm(p["output.bias"], normal, p["output.weight"].t(), out=self.masks)
        self.masks.sigmoid_()

    def as_image(self, rows):
        return rows.view(self.s.batch, 1, self.data.groups, self.width).permute(0, 3, 1, 2)

    @staticmethod
    def kernel(store, name):
        weight = store[name + "convolution.weight"]
        return weight.unsqueeze(1).permute(0, 3, 1, 2)

    def network_gradient(self):
        p, g = self.p, self.g
        dz = aten.sigmoid_backward(self.dmasks, self.masks)
        normal, mean, rstd = self.kept[-1]
        torch.mm(dz.t(), normal, out=g["output.weight"])
        torch.sum(dz, 0, out=g["output.bias"])
        self.norm_gradient(torch.mm(dz, p["output.weight"]), self.x[-1], mean, rstd, "norm", None)
        dx = self.dx
        for i in reversed(range(len(self.dilations))):
            name, dilation = f"blocks.{i}.", self.dilations[i]
            normal, mean, rstd, rows = self.kept[i]
            torch.mm(dx.t(), rows, out=g[name + "projection.weight"])
            torch.sum(dx, 0, out=g[name + "projection.bias"])
            dh = torch.mm(dx, p[name + "projection.weight"])
            aten.threshold_backward.grad_input(dh, rows, 0, grad_input=dh)
            torch.sum(dh, 0, out=g[name + "convolution.bias"])
            dn = self.convolution_gradient(dh, normal, name, dilation)
            self.norm_gradient(dn, self.x[i], mean, rstd, name + "norm", dx)
        torch.mm(dx.t(), self.features.view(self.rows, -1), out=g["input.weight"])
        torch.sum(dx, 0, out=g["input.bias"])

    def convolution_gradient(self, dh, normal, name, dilation):
        """oneDNN's weight gradient is slow for wide dilations: there, three products of shifted rows."""
        by_rows = dilation > 8
        dn, dw, _ = aten.convolution_backward(
            self.as_image(dh), self.as_image(normal), self.kernel(self.p, name), None,
            (1, 1), (0, dilation), (1, dilation), False, (0, 0), 1, (True, not by_rows, False))
        weight = self.g[name + "convolution.weight"]
        if not by_rows:
            self.kernel(self.g, name).copy_(dw)
        else:
            shape = (self.s.batch, self.data.groups, self.width)
            dh, normal = dh.view(shape), normal.view(shape)
            for tap, (rows, shifted) in enumerate((
                    (dh[:, dilation:], normal[:, :-dilation]), (dh, normal),
                    (dh[:, :-dilation], normal[:, dilation:]))):
                product = torch.bmm(rows.transpose(1, 2), shifted)
                torch.sum(product, 0, out=weight[:, tap])
        return dn.permute(0, 2, 3, 1).reshape(self.rows, self.width)

    def norm_gradient(self, dy, x, mean, rstd, name, residual):
        dx, dw, db = aten.native_layer_norm_backward(
            dy, x, (self.width,), mean, rstd, self.p[name + ".weight"], self.p[name + ".bias"],
            (True, True, True))
        self.g[name + ".weight"].copy_(dw)
        self.g[name + ".bias"].copy_(db)
        if residual is None:
            self.dx.copy_(dx)
        else:
            self.dx.add_(dx)

    # From masks to samples

    def mix(self, inputs, targets):
        s, data, window = self.s, self.data, self.synthesis.view(4, HOP)
        for side in range(2):
            self.expansion.expand(
                self.masks[:, side * BANDS:(side + 1) * BANDS], self.expanded[side])
        for k, (i, j) in enumerate(zip(inputs, targets)):
            hops = self.padded[k].view(-1, HOP)
            hops[-3:] = 0
            hops[:3] = 0
            for begin, end in self.chunks:
                x, y, left, right, mixed = self.chunk(k, i, j, begin, end)
                torch.mul(x, left, out=mixed)
                mixed.addcmul_(y, right)
                spectrum = torch.view_as_complex(mixed.view(-1, BINS, 2))
                frames = torch.fft.irfft(spectrum, n=FFT, norm="forward").view(-1, 4, HOP)
                at, count = begin * data.stride, frames.shape[0]
                # The last part of each frame is the first to reach its place.
                torch.mul(frames[:, 3], window[3], out=hops[at + 3:at + 3 + count])
                for part in range(3):
                    hops[at + part:at + part + count].addcmul_(frames[:, part], window[part])
            torch.mul(self.padded[k, self.lead:self.lead + data.sample_count], self.inverse,
                      out=self.output[k])

    def chunk(self, k, i, j, begin, end):
        """Spectra of both sources, groups x stride x columns, expanded masks, scratch memory."""
        data = self.data
        shape = (data.groups, data.stride, COLUMNS)
        x, y = data.spectra[i].view(shape)[begin:end], data.spectra[j].view(shape)[begin:end]
        at = k * data.groups
        left, right = (e[at + begin:at + end].unsqueeze(1) for e in self.expanded)
        return x, y, left, right, self.mixed[:end - begin]

    def mix_gradient(self, gradient, inputs, targets):
        data = self.data
        for k, (i, j) in enumerate(zip(inputs, targets)):
            padded = self.padded[k]
            padded[:self.lead] = 0
            padded[self.lead + data.sample_count:] = 0
            torch.mul(gradient[k], self.inverse,
                      out=padded[self.lead:self.lead + data.sample_count])
            for begin, end in self.chunks:
                x, y, left, right, _ = self.chunk(k, i, j, begin, end)
                count = (end - begin) * data.stride
                frames = padded[begin * data.stride * HOP:].as_strided((count, FFT), (HOP, 1))
                torch.mul(frames, self.synthesis, out=self.frames[:count])
                d = torch.view_as_real(torch.fft.rfft(self.frames[:count])).view(x.shape)
                for source, product in ((x, left), (y, right)):
                    product = product.squeeze(1)
                    torch.mul(d[:, 0], source[:, 0], out=product)
                    for frame in range(1, data.stride):
                        product.addcmul_(d[:, frame], source[:, frame])
        for side in range(2):
            self.reduction.add_reduced(
                self.expanded[side], self.dmasks[:, side * BANDS:(side + 1) * BANDS])

    # The whole step

    @torch.no_grad()
    def __call__(self, inputs, targets):
        """Fills in the gradients. Returns loss, penalty, RMS to input and to target, balance."""
        s, data = self.s, self.data
        self.network(inputs, targets)
        # Centred first: the means differ from one half by a thousandth.
        torch.sub(self.masks, 0.5, out=self.dmasks)
        means = torch.mm(self.group_weights, self.dmasks).view(2, BANDS).sum(1)
        self.mix(inputs, targets)
        output, n = self.output, data.sample_count
        # Peaks and correlations
        torch.abs(output, out=self.magnitude)
        peaks, places = self.magnitude.view(s.batch, data.segments, -1).max(-1)
        centred = peaks - peaks.mean(1, keepdim=True)
        deviation = (centred.square().mean(1) + data.epsilon).sqrt()
        shapes = torch.stack((data.shapes[inputs], data.shapes[targets]))
        c = (shapes * centred).sum(-1) / deviation
        magnitude = c.abs()
        penalty = magnitude.square().sum(0).mean()
        dc = 2 * c * (s.corr_weight / s.batch)
        dpeaks = (shapes * (dc / deviation)[:, :, None]).sum(0)
        dpeaks -= centred * ((dc * c).sum(0) / (data.segments * deviation.square()))[:, None]
        # Distances
        roots = []
        for apart, clips in zip(self.apart, (inputs, targets)):
            for k, clip in enumerate(clips):
                torch.sub(output[k], data.samples[clip], out=apart[k])
            square = torch.linalg.vector_norm(apart, dim=1).square()
            roots.append((square / n + 1e-8).sqrt())
        rms = torch.stack(roots)
        factors = s.rms_weight / (s.batch * n) / rms
        gradient = torch.mul(self.apart[0], factors[0, :, None], out=self.magnitude)
        gradient.addcmul_(self.apart[1], factors[1, :, None])
        segments = gradient.view(s.batch, data.segments, -1)
        signs = output.view(s.batch, data.segments, -1).gather(2, places[..., None]).sign_()
        segments.scatter_add_(2, places[..., None], dpeaks[..., None] * signs)
        # Backwards
        balance_gradient = (2 * s.balance_weight * means).repeat_interleave(BANDS)
        torch.mul(self.group_weights.view(-1, 1), balance_gradient, out=self.dmasks)
        self.mix_gradient(gradient, inputs, targets)
        self.network_gradient()
        distances = rms.mean(1)
        balance = means.square().sum()
        loss = s.corr_weight * penalty + s.rms_weight * distances.sum() + s.balance_weight * balance
        return torch.stack((loss, penalty, distances[0], distances[1], balance)), c
