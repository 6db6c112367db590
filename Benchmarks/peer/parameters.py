"""The network's parameters in one flat tensor, in the order and layouts of `train`."""
import math

import torch

from .data import BANDS


def parameter_shapes(width, depth):
    """Names and shapes; a convolution's weight is outputs x taps x inputs."""
    def norm(name):
        return [(name + ".weight", (width,)), (name + ".bias", (width,))]

    def layer(name, *weight):
        return [(name + ".weight", weight), (name + ".bias", weight[:1])]

    shapes = layer("input", width, 2 * BANDS)
    for block in range(depth):
        name = f"blocks.{block}."
        shapes += norm(name + "norm") + layer(name + "convolution", width, 3, width)
        shapes += layer(name + "projection", width, width)
    return shapes + norm("norm") + layer("output", 2 * BANDS, width)


class Parameters:
    """flat: all values; gradient: a flat tensor of the same order; [name]: a view of the values."""

    def __init__(self, width, depth):
        self.shapes = parameter_shapes(width, depth)
        sizes = [math.prod(shape) for _, shape in self.shapes]
        self.flat = torch.zeros(sum(sizes))
        self.gradient = torch.zeros(sum(sizes))
        self.values = self.views(self.flat)
        self.gradients = self.views(self.gradient)

    def views(self, flat):
        result, at = {}, 0
        for name, shape in self.shapes:
            size = math.prod(shape)
            result[name] = flat[at:at + size].view(shape)
            at += size
        return result

    def draw(self, seed, init_scale=0.1):
        """The distributions of `train`, not its numbers: enough to measure speed with."""
        generator = torch.Generator().manual_seed(seed)
        inputs = 1
        for name, shape in self.shapes:
            value = self.values[name]
            if name.endswith("norm.weight"):
                value.fill_(1)
            elif not name.endswith("norm.bias") and name != "output.bias":
                if len(shape) > 1:
                    inputs = math.prod(shape[1:])
                bound = inputs ** -0.5 * (init_scale if name == "output.weight" else 1)
                value.uniform_(-bound, bound, generator=generator)

    def load(self, tensors):
        """Values by name, as `train run --dump` writes them."""
        for name, shape in self.shapes:
            if name not in tensors:
                raise SystemExit(f"initial parameters: {name} is missing")
            if tensors[name].numel() != self.values[name].numel():
                raise SystemExit(f"initial parameters: {name} is {list(tensors[name].shape)}, "
                                 f"expected {list(shape)}")
            self.values[name].copy_(tensors[name].view(shape))
