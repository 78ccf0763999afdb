"""Writes mix.json: batches that timm mixes, and boxes of torchvision's CutMix, for test/contract/mix.ts.

    pip install torch torchvision timm && python test/golden/make_mix.py
"""
import json
from pathlib import Path
from unittest import mock

import numpy as np
import timm
import torch
import torchvision
from timm.data.mixup import FastCollateMixup, mixup_target, rand_bbox
from torchvision.transforms import v2

rng = np.random.default_rng(0)
CLASSES = 5
N, H, W, CHANNELS = 5, 6, 7, 3
IMAGES = rng.integers(0, 256, (N, CHANNELS, H, W), dtype=np.uint8)
# Halves, which are rounded to even.
IMAGES[0, 0, 0] = np.arange(7)
IMAGES[-1, 0, 0] = np.arange(7) + 1
LABELS = [4, 0, 2, 2, 1]


def at(centre):
    """np.random.randint that gives the centre of a box: first the row, then the column."""
    return mock.patch("numpy.random.randint", side_effect=[np.int64(c) for c in centre])


def batch(lam, cutmix, smoothing=0.0, centre=None):
    """What timm makes of a batch, the numbers that it would draw given; it takes even batches only, ours may be odd."""
    mixup = FastCollateMixup(num_classes=CLASSES, label_smoothing=smoothing)
    output = torch.zeros((N, CHANNELS, H, W), dtype=torch.uint8)
    pairs = [(image.copy(), label) for image, label in zip(IMAGES, LABELS)]
    with mock.patch.object(mixup, "_params_per_batch", return_value=(lam, cutmix)), at(centre or []):
        lam_used = mixup._mix_batch_collate(output, pairs)
    targets = mixup_target(torch.tensor(LABELS), CLASSES, lam_used, smoothing)
    return {"lambda": lam, "centre": centre, "smoothing": smoothing, "lambdaUsed": float(lam_used),
            "images": output.permute(0, 2, 3, 1).flatten().tolist(), "targets": targets.flatten().tolist()}


def timm_box(height, width, lam, centre):
    with at(centre):
        top, bottom, left, right = rand_bbox((1, height, width), lam)
    return {"height": height, "width": width, "lambda": lam, "centre": centre,
            "box": [int(top), int(bottom), int(left), int(right)]}


def vision_box(height, width, lam, centre):
    cutmix = v2.CutMix(num_classes=CLASSES)
    cutmix._dist = mock.Mock(sample=lambda _: torch.tensor(lam))
    # It draws the column first.
    with mock.patch("torch.randint", side_effect=[torch.tensor([c]) for c in reversed(centre)]):
        params = cutmix.make_params([torch.zeros(2, 3, height, width)])
    left, top, right, bottom = params["box"]
    return {"height": height, "width": width, "lambda": lam, "centre": centre, "box": [top, bottom, left, right],
            "lambdaUsed": params["lam_adjusted"]}


result = {
    "source": {"timm": timm.__version__, "torch": torch.__version__.split("+")[0],
               "torchvision": torchvision.__version__.split("+")[0]},
    "shape": {"height": H, "width": W, "channels": CHANNELS},
    "images": IMAGES.transpose(0, 2, 3, 1).flatten().tolist(),
    "labels": LABELS,
    "classes": CLASSES,
    "mixup": [batch(lam, False, smoothing) for lam, smoothing in [(0.5, 0), (0.3, 0), (0.8125, 0.1), (0.999, 0)]],
    "cutmix": [batch(lam, True, smoothing, centre)
               for lam, smoothing, centre in [(0.5, 0, (3, 3)), (0.3, 0.1, (0, 6)), (0.9, 0, (5, 1))]],
    "timmBoxes": [timm_box(height, width, lam, (row, column))
                  for height, width, lam in [(32, 32, 0.5), (28, 20, 0.25), (9, 33, 0.9), (16, 16, 0.999)]
                  for row, column in [(0, 0), (4, 9), (height - 1, width - 1)]],
    # Lambdas for which the sides are even: an odd side torchvision makes one pixel shorter.
    "visionBoxes": [vision_box(32, 32, 1 - (side / 32) ** 2 - 1e-4, centre)
                    for side in [2, 8, 22] for centre in [(0, 0), (16, 9), (31, 31)]],
}
(Path(__file__).parent / "mix.json").write_text(json.dumps(result))
