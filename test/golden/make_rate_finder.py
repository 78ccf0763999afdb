"""Writes rate_finder.json: the smoothed losses and the suggestions of fastai's LRFinder for losses of made-up searches.

Needs torch, and fastai (only the source of two functions is used): python test/golden/make_rate_finder.py
"""

import ast
import importlib.metadata
import importlib.util
import json
import math
import pathlib
import random

import torch

root = pathlib.Path(importlib.util.find_spec("fastai").submodule_search_locations[0])
nodes = ast.parse((root / "callback" / "schedule.py").read_text()).body
wanted = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name in ("valley", "steep")]
scope = {}
exec(compile(ast.Module(wanted, []), "schedule.py", "exec"), scope)

random.seed(0)


def search(loss_at, start=1e-7, end=10.0, num_it=100, beta=0.98):
    """The loop of LRFinder with the smoothing of AvgSmoothLoss."""
    rates, losses, smooth, value, best = [], [], [], 0.0, math.inf
    for i in range(num_it + 1):
        rate = start * (end / start) ** (i / num_it)
        loss = loss_at(rate)
        value = value * beta + loss * (1 - beta)
        smoothed = value / (1 - beta ** (i + 1))
        rates.append(rate)
        losses.append(loss)
        smooth.append(smoothed)
        best = min(best, smoothed)
        if smoothed > 4 * best:
            break
    seen = slice(num_it // 10, -5)
    lrs, values = torch.tensor(rates[seen], dtype=torch.float64), torch.tensor(smooth[seen], dtype=torch.float64)
    return {
        "losses": losses,
        "smoothed": smooth,
        "valley": scope["valley"](lrs, values, num_it)[0],
        "steepest": scope["steep"](lrs, values, num_it)[0],
    }


def bowl(low, noise, blow_up):
    def loss_at(rate):
        x = math.log10(rate)
        fall = 2.3 - 1.5 / (1 + math.exp(-3 * (x - low)))
        rise = blow_up * max(0.0, x - low - 1) ** 3
        return fall + rise + random.gauss(0, noise)

    return loss_at


here = pathlib.Path(__file__).parent
(here / "rate_finder.json").write_text(
    json.dumps(
        {
            "source": {name: importlib.metadata.version(name) for name in ("fastai", "torch")},
            "searches": [
                {"name": "smooth", **search(bowl(-2, 0, 2))},
                {"name": "noisy", **search(bowl(-2, 0.1, 2))},
                {"name": "diverges", **search(bowl(-3, 0.05, 50))},
                {"name": "falls to the end", **search(bowl(-1, 0.02, 0))},
            ],
        }
    )
    + "\n"
)
