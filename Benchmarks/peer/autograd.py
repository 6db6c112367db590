"""The oracle's own model under autograd, its sources analysed anew at each step: what one writes first."""
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools/oracle"))
import mixer  # noqa: E402


class AutogradStep:
    def __init__(self, parameters, data, settings):
        self.parameters, self.data, self.s = parameters, data, settings
        self.network = mixer.Mixer(settings.width, settings.depth, settings.stride)

    def __call__(self, inputs, targets):
        pairs = [(p, name.replace("norm.norm.", "norm."))
                 for name, p in self.network.named_parameters()]
        with torch.no_grad():
            for p, name in pairs:
                value = self.parameters.values[name]
                p.copy_(value.permute(0, 2, 1) if value.dim() == 3 else value.view(p.shape))
                p.grad = None
        clips = [torch.stack([self.data.samples[i] for i in side]) for side in (inputs, targets)]
        r = mixer.step(self.network, *clips, "quadratic", self.s.segments,
                       weight=self.s.corr_weight, epsilon=self.s.epsilon,
                       balance=self.s.balance_weight)
        r["loss"].backward()
        for p, name in pairs:
            to = self.parameters.gradients[name]
            to.copy_(p.grad.permute(0, 2, 1) if to.dim() == 3 else p.grad.view(to.shape))
        terms = ["loss", "corr_penalty", "rms_input", "rms_target", "balance"]
        c = torch.stack((r["c_input"], r["c_target"])).detach()
        return torch.stack([r[name].detach() for name in terms]), c
