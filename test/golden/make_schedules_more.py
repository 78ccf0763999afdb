"""Writes schedules_more.json: learning rates of PyTorch and transformers.

Needs torch, and transformers (only its source is read): python test/golden/make_schedules_more.py
"""

import ast
import importlib.metadata
import importlib.util
import json
import math
import pathlib

import torch
from torch.optim import lr_scheduler

STEPS = 40
BASE = 0.1


def values(make, base=BASE, steps=STEPS):
    """The rate of each step, as a training loop that calls scheduler.step() after every step has it."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
    scheduler = make(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def inverse_square_root():
    """transformers' function of the step, taken from its source: importing it needs far more than torch."""
    spec = importlib.util.find_spec("transformers")
    source = pathlib.Path(spec.submodule_search_locations[0], "optimization.py").read_text()
    name = "_get_inverse_sqrt_schedule_lr_lambda"
    [function] = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == name]
    scope = {"math": math}
    exec(compile(ast.Module([function], []), "optimization.py", "exec"), scope)
    return scope[name]


def warmed_cosine(optimizer):
    return lr_scheduler.SequentialLR(
        optimizer,
        [
            lr_scheduler.LinearLR(optimizer, start_factor=1 / 8, end_factor=1, total_iters=7),
            lr_scheduler.CosineAnnealingLR(optimizer, T_max=32),
        ],
        milestones=[8],
    )


def three_parts(optimizer):
    return lr_scheduler.SequentialLR(
        optimizer,
        [
            lr_scheduler.LinearLR(optimizer, start_factor=0.25, end_factor=1, total_iters=10),
            lr_scheduler.ConstantLR(optimizer, factor=1),
            lr_scheduler.LinearLR(optimizer, start_factor=1, end_factor=0.125, total_iters=10),
        ],
        milestones=[10, 30],
    )


lr_lambda = inverse_square_root()
inverse = lambda warmup, timescale: lambda optimizer: lr_scheduler.LambdaLR(
    optimizer, lambda step: lr_lambda(step, num_warmup_steps=warmup, timescale=timescale)
)

schedules = {
    "constant": values(lambda o: lr_scheduler.ConstantLR(o, factor=1)),
    "linear 1 to 0.2 over 30": values(lambda o: lr_scheduler.LinearLR(o, start_factor=1, end_factor=0.2, total_iters=30)),
    "polynomial total 30 power 1": values(lambda o: lr_scheduler.PolynomialLR(o, total_iters=30)),
    "polynomial total 40 power 0.5": values(lambda o: lr_scheduler.PolynomialLR(o, total_iters=40, power=0.5)),
    "exponential 0.97": values(lambda o: lr_scheduler.ExponentialLR(o, gamma=0.97)),
    "step 8 gamma 0.25": values(lambda o: lr_scheduler.StepLR(o, step_size=8, gamma=0.25)),
    "cosine warm restarts T_0 8 eta_min 0.01": values(
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=8, eta_min=0.01)
    ),
    "cosine warm restarts T_0 3 T_mult 3": values(lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=3)),
    "one_cycle max_lr 0.4 div 10 final_div 100 total 40": values(
        lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.4, total_steps=41, div_factor=10, final_div_factor=100)
    ),
    "sequential linear 8, cosine T_max 32": values(warmed_cosine),
    "sequential linear 10, constant 20, linear 10": values(three_parts),
    "inverse sqrt timescale 12": values(inverse(0, 12)),
    "inverse sqrt warmup 8": values(inverse(8, 8)),
    "multi_step 2,3 gamma 0.1 each epoch of 10": [
        rate for rate in values(lambda o: lr_scheduler.MultiStepLR(o, [2, 3]), steps=4) for _ in range(10)
    ],
    "exponential 0.5 each epoch of 10": [
        rate for rate in values(lambda o: lr_scheduler.ExponentialLR(o, 0.5), steps=4) for _ in range(10)
    ],
    "cosine T_max 4 each epoch of 10": [
        rate for rate in values(lambda o: lr_scheduler.CosineAnnealingLR(o, 4), steps=4) for _ in range(10)
    ],
}

here = pathlib.Path(__file__).parent
(here / "schedules_more.json").write_text(
    json.dumps(
        {
            "source": {name: importlib.metadata.version(name) for name in ("torch", "transformers")},
            "base_lr": BASE,
            "values": schedules,
        }
    )
    + "\n"
)
