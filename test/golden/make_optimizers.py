"""Writes optimizers-more.json: ten steps of optimizers, clipping and averages that torch and timm compute, for test/contract/optimizers.ts.

    pip install torch timm && python test/golden/make_optimizers.py
"""
import json
import math
from pathlib import Path

import timm
import torch
from timm.optim import Lamb, Lion, Lookahead, param_groups_layer_decay
from timm.utils.agc import adaptive_clip_grad
from timm.utils.model_ema import ModelEmaV3
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

torch.manual_seed(0)

# A convolution, whose matrix (out, in*kh*kw) is wide, a linear layer, whose matrix is tall, and a bias.
SHAPES = {"conv.weight": (3, 2, 2, 2), "fc.weight": (4, 3), "fc.bias": (4,)}
RATES = [0.01] * 5 + [0.02] * 5


def draw():
    return {path: torch.randn(shape) for path, shape in SHAPES.items()}


START = draw()
GRADIENTS = [draw() for _ in RATES]
TARGET = draw()


def plain(tensors):
    return {path: [float(f"{x:.9g}") for x in tensor.detach().flatten().tolist()] for path, tensor in tensors.items()}


def parameters():
    return {path: torch.nn.Parameter(value.clone()) for path, value in START.items()}


def steps(make, change=lambda params, i: None, rate=1.0):
    """The parameters after each step; `change` may change the gradients before it."""
    params = parameters()
    optimizers = make(params)
    path = []
    for i, gradients in enumerate(GRADIENTS):
        for name, p in params.items():
            p.grad = gradients[name].clone()
        change(params, i)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = RATES[i] * rate
            optimizer.step()
        path.append(plain(params))
    return path


def of(cls, **options):
    return lambda params: [cls(params.values(), lr=0.01, **options)]


def masked(cls, weight_decay, **options):
    """As timm's param_groups_weight_decay: no decay where a parameter has less than two dimensions."""
    def make(params):
        weights = [p for p in params.values() if p.ndim > 1]
        others = [p for p in params.values() if p.ndim <= 1]
        groups = [{"params": weights, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
        return [cls(groups, lr=0.01, **options)]
    return make


class FlatMuon:
    """torch.optim.Muon on (out, in*kh*kw) matrices, in float32 where torch takes bfloat16; biases as they are."""

    def __init__(self, params, **options):
        self.params = [p for p in params.values() if p.ndim > 1]
        self.flat = [torch.nn.Parameter(p.detach().reshape(len(p), -1).clone()) for p in self.params]
        self.muon = torch.optim.Muon(self.flat, lr=0.01, **options)
        self.param_groups = self.muon.param_groups

    def step(self):
        for p, flat in zip(self.params, self.flat):
            flat.grad = p.grad.reshape(flat.shape).clone()
        half, torch.bfloat16 = torch.bfloat16, torch.float32
        self.muon.step()
        torch.bfloat16 = half
        for p, flat in zip(self.params, self.flat):
            p.data.copy_(flat.detach().reshape(p.shape))


class AirbenchMuon:
    """The Muon of airbench94_muon.py (KellerJordan/cifar10-airbench) in float32: the kernel is rescaled to the norm sqrt(out) before each step."""

    def __init__(self, params, momentum):
        self.params = [p for p in params.values() if p.ndim > 1]
        self.momentum = momentum
        self.buffers = [torch.zeros_like(p) for p in self.params]
        self.param_groups = [{"lr": 0.01}]

    def step(self):
        for p, buffer in zip(self.params, self.buffers):
            g = p.grad
            buffer.mul_(self.momentum).add_(g)
            g = g.add(buffer, alpha=self.momentum)
            p.data.mul_(len(p.data) ** 0.5 / p.data.norm())
            p.data.add_(newton_schulz(g.reshape(len(g), -1)).view(g.shape), alpha=-self.param_groups[0]["lr"])


def newton_schulz(G, rounds=3, eps=1e-7):
    a, b, c = (3.4445, -4.7750, 2.0315)
    X = G / (G.norm() + eps)
    if G.size(0) > G.size(1):
        X = X.T
    for _ in range(rounds):
        A = X @ X.T
        X = a * X + (b * A + c * A @ A) @ X
    return X.T if G.size(0) > G.size(1) else X


def clip(function):
    return lambda params, i: function(list(params.values()))


def sam(rho, adaptive):
    """Foret et al. 2020, as davda54/sam computes it, around SGD with momentum; the gradient at w is w^3 - target."""
    params = parameters()
    optimizer = torch.optim.SGD(params.values(), lr=0.01, momentum=0.9)
    path = []
    for rate in RATES:
        gradient = {name: p.detach() ** 3 - TARGET[name] for name, p in params.items()}
        scale = {name: p.detach().abs() if adaptive else torch.ones_like(p) for name, p in params.items()}
        norm = math.sqrt(sum(float(((scale[name] * g) ** 2).sum()) for name, g in gradient.items()))
        for name, p in params.items():
            moved = p.detach() + scale[name] ** 2 * gradient[name] * (rho / (norm + 1e-12))
            p.grad = moved**3 - TARGET[name]
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        path.append(plain(params))
    return path


class Holder(torch.nn.Module):
    """A module whose parameters are those of the test, by names without dots."""

    def __init__(self):
        super().__init__()
        for path, value in START.items():
            self.register_parameter(path.replace(".", "_"), torch.nn.Parameter(value.clone()))

    def assign(self, values):
        for path, value in values.items():
            getattr(self, path.replace(".", "_")).data.copy_(value)

    def values(self):
        return {path: getattr(self, path.replace(".", "_")) for path in SHAPES}


def averages(make, update, every=1):
    """The averages after each of ten sets of weights, which are the gradients above."""
    model = Holder()
    average = make(model)
    path = []
    for i, values in enumerate(GRADIENTS):
        model.assign(values)
        if (i + 1) % every == 0:
            update(average, model, (i + 1) // every)
        path.append(plain(average.module.values()))
    return path


def lookahead(every, alpha):
    """timm's, its slow weights starting at the initial weights as in Zhang et al. 2019 (timm starts them at the first synchronisation)."""
    params = parameters()
    base = torch.optim.SGD(params.values(), lr=0.01, momentum=0.9)
    optimizer = Lookahead(base, alpha=alpha, k=every)
    for p in params.values():
        base.state[p]["lookahead_slow_buff"] = p.detach().clone()
    fast, slow = [], []
    for rate, gradients in zip(RATES, GRADIENTS):
        for name, p in params.items():
            p.grad = gradients[name].clone()
        for group in optimizer.param_groups:
            group["lr"] = rate * 10
        optimizer.step()
        fast.append(plain(params))
        slow.append(plain({name: base.state[p]["lookahead_slow_buff"] for name, p in params.items()}))
    return fast, slow


fast, slow = lookahead(3, 0.4)
sgd = of(torch.optim.SGD, momentum=0.9)
runs = {
    "adam_wd": steps(of(torch.optim.Adam, weight_decay=0.1)),
    "adamw_masked": steps(masked(torch.optim.AdamW, 0.5)),
    "nadam": steps(of(torch.optim.NAdam)),
    "nadamw": steps(of(torch.optim.NAdam, weight_decay=0.1, decoupled_weight_decay=True, momentum_decay=0.04)),
    "rmsprop_centered_wd": steps(of(torch.optim.RMSprop, centered=True, weight_decay=0.1, momentum=0.9)),
    "adagrad_wd": steps(of(torch.optim.Adagrad, weight_decay=0.1, initial_accumulator_value=0.1)),
    "lamb": steps(of(Lamb)),
    "lamb_masked": steps(masked(Lamb, 0.1, max_grad_norm=None)),
    "lion": steps(of(Lion)),
    "lion_wd": steps(of(Lion, weight_decay=0.1, betas=(0.95, 0.98))),
    "muon": steps(lambda params: [FlatMuon(params)]),
    "muon_match_rms": steps(lambda params: [FlatMuon(params, adjust_lr_fn="match_rms_adamw", nesterov=False, momentum=0.9, ns_steps=3)]),
    "muon_airbench": steps(lambda params: [AirbenchMuon(params, 0.6)]),
    "sgd_masked": steps(masked(torch.optim.SGD, 0.5, momentum=0.9)),
    "clip_value": steps(sgd, clip(lambda params: torch.nn.utils.clip_grad_value_(params, 0.5))),
    "clip_norm": steps(sgd, clip(lambda params: torch.nn.utils.clip_grad_norm_(params, 1.0))),
    "clip_norm_large": steps(sgd, clip(lambda params: torch.nn.utils.clip_grad_norm_(params, 100.0))),
    "clip_adaptive": steps(sgd, clip(lambda params: adaptive_clip_grad(params, clip_factor=0.5))),
    "sam": sam(0.05, False),
    "asam": sam(0.5, True),
    "lookahead_fast": fast,
    "lookahead_slow": slow,
    "ema": averages(
        lambda m: AveragedModel(m, multi_avg_fn=get_ema_multi_avg_fn(0.9)), lambda a, m, n: a.update_parameters(m)
    ),
    "ema_every": averages(
        lambda m: AveragedModel(m, multi_avg_fn=get_ema_multi_avg_fn(0.6)), lambda a, m, n: a.update_parameters(m), every=2
    ),
    "ema_warmup": averages(lambda m: ModelEmaV3(m, decay=0.7, use_warmup=True), lambda a, m, n: a.update(m, n)),
    "swa": averages(AveragedModel, lambda a, m, n: a.update_parameters(m), every=2),
}

def layer_decay():
    """The factor of the rate of each parameter of a ResNet-18, whose names are also ours."""
    model = timm.create_model("resnet18")
    names = {id(p): name for name, p in model.named_parameters()}
    groups = param_groups_layer_decay(model, weight_decay=0.0, layer_decay=0.75)
    return {names[id(p)]: group["lr_scale"] for group in groups for p in group["params"]}


out = {
    "source": f"torch {torch.__version__.split('+')[0]}, timm {timm.__version__}",
    "shapes": SHAPES,
    "rates": RATES,
    "start": plain(START),
    "gradients": [plain(gradients) for gradients in GRADIENTS],
    "target": plain(TARGET),
    "layer_decay": layer_decay(),
    "runs": runs,
}
(Path(__file__).parent / "optimizers-more.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
