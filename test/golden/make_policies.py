"""Writes policies.json: what ReduceLROnPlateau makes of scores, and when ignite's EarlyStopping ends a run.

Needs torch and pytorch-ignite: python test/golden/make_policies.py
"""

import importlib.metadata
import json
import pathlib
import random
from types import SimpleNamespace

import torch
from ignite.engine import Engine
from ignite.handlers import EarlyStopping

random.seed(0)
falling = [round(1 / (1 + 0.3 * i) + random.uniform(-0.05, 0.05), 4) for i in range(24)]
flat = [round(0.5 + random.uniform(-0.02, 0.02), 4) for _ in range(24)]
rising = [round(1 - 1 / (1 + 0.2 * i) + random.uniform(-0.03, 0.03), 4) for i in range(24)]


def plateau(scores, **options):
    """The rate after each epoch."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
    rates = []
    for score in scores:
        scheduler.step(score)
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


def stopped(scores, sign, patience, min_delta):
    """The epoch (0-based) after which the run ends, or None."""
    trainer = Engine(lambda engine, batch: None)
    trainer.run([0], max_epochs=1)
    trainer.should_terminate = False
    handler = EarlyStopping(
        patience, lambda engine: sign * engine.state.score, trainer, min_delta=min_delta, cumulative_delta=True
    )
    for epoch, score in enumerate(scores):
        handler(SimpleNamespace(state=SimpleNamespace(score=score)))
        if trainer.should_terminate:
            return epoch
    return None


plateaus = [
    ("defaults", flat, {}, {}),
    ("patience 2", flat, {"patience": 2}, {"patience": 2}),
    ("factor 0.5, patience 1, falling", falling, {"factor": 0.5, "patience": 1}, {"factor": 0.5, "patience": 1}),
    ("cooldown 3", flat, {"factor": 0.5, "patience": 1, "cooldown": 3}, {"factor": 0.5, "patience": 1, "cooldown": 3}),
    ("minimum", flat, {"patience": 0, "min_lr": 0.003}, {"patience": 0, "minimum": 0.003}),
    (
        "threshold 0.05 absolute",
        falling,
        {"patience": 1, "factor": 0.5, "threshold": 0.05, "threshold_mode": "abs"},
        {"patience": 1, "factor": 0.5, "threshold": 0.05, "thresholdMode": "absolute"},
    ),
    ("threshold 0.1", falling, {"patience": 1, "factor": 0.5, "threshold": 0.1}, {"patience": 1, "factor": 0.5, "threshold": 0.1}),
    (
        "mode max",
        rising,
        {"mode": "max", "patience": 1, "factor": 0.5, "threshold": 0.03},
        {"mode": "max", "patience": 1, "factor": 0.5, "threshold": 0.03},
    ),
    (
        "mode max absolute",
        rising,
        {"mode": "max", "patience": 0, "factor": 0.5, "threshold": 0.02, "threshold_mode": "abs"},
        {"mode": "max", "patience": 0, "factor": 0.5, "threshold": 0.02, "thresholdMode": "absolute"},
    ),
]

stops = [
    ("defaults, flat", flat, "min", 3, 0),
    ("patience 1, falling", falling, "min", 1, 0),
    ("patience 5, falling", falling, "min", 5, 0),
    ("minDelta 0.05, falling", falling, "min", 3, 0.05),
    ("patience 2, rising", rising, "max", 2, 0),
    ("minDelta 0.1, rising", rising, "max", 2, 0.1),
    ("never", [1 / (i + 1) for i in range(24)], "min", 3, 0),
]

here = pathlib.Path(__file__).parent
(here / "policies.json").write_text(
    json.dumps(
        {
            "source": {name: importlib.metadata.version(name) for name in ("torch", "pytorch-ignite")},
            "plateau": [
                {"name": name, "scores": scores, "options": ours, "rates": plateau(scores, **theirs)}
                for name, scores, theirs, ours in plateaus
            ],
            "earlyStopping": [
                {
                    "name": name,
                    "scores": scores,
                    "options": {"mode": mode, "patience": patience, "minDelta": delta},
                    "stopped": stopped(scores, 1 if mode == "max" else -1, patience, delta),
                }
                for name, scores, mode, patience, delta in stops
            ],
        }
    )
    + "\n"
)
