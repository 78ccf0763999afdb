"""Writes losses.json: values and gradients of losses that torch and torchvision compute, for test/contract/losses.ts.

    pip install torch torchvision scikit-learn && python test/golden/make_losses.py
"""
import json
from pathlib import Path

import numpy as np
import sklearn
import torch
import torchvision
import torch.nn.functional as F
from sklearn.utils.class_weight import compute_class_weight
from torchvision.ops import sigmoid_focal_loss

torch.manual_seed(0)
N, C = 7, 5
LOGITS = 3 * torch.randn(N, C)
# Where a network is as sure as float32 can say, rightly and wrongly.
LOGITS[0] = torch.tensor([40.0, -40.0, 0.0, 3.0, -3.0])
CLASSES = torch.tensor([0, 4, 2, 2, 1, 3, 1])
HOT = F.one_hot(CLASSES, C).float()
SOFT = 0.7 * HOT + 0.3 * HOT.flip(0)
LABELS = (torch.rand(N, C) < 0.4).float()
VALUES = torch.randn(N, C)
WEIGHTS = torch.tensor([0.5, 2.0, 1.0, 0.0, 3.0])
POSITIVE = torch.tensor([1.0, 0.5, 4.0, 2.0, 1.0])


def focal(logits, targets, gamma, weights=None):
    """Lin et al., eq. 4, over classes; torch has none."""
    log = F.log_softmax(logits, 1)
    terms = -targets * (1 - log.exp()) ** gamma * log
    if weights is None:
        return terms.sum(1).mean()
    return (terms * weights).sum() / (targets * weights).sum()


def soft_weighted(logits):
    """torch divides by the number of images, ours by the sum of the weights of the targets."""
    return F.cross_entropy(logits, SOFT, weight=WEIGHTS) * N / (SOFT * WEIGHTS).sum()


CASES = {
    "cross entropy": (HOT, lambda x: F.cross_entropy(x, CLASSES)),
    "smoothing": (HOT, lambda x: F.cross_entropy(x, CLASSES, label_smoothing=0.1)),
    "weights": (HOT, lambda x: F.cross_entropy(x, CLASSES, weight=WEIGHTS)),
    "weights and smoothing": (HOT, lambda x: F.cross_entropy(x, CLASSES, weight=WEIGHTS, label_smoothing=0.1)),
    "soft": (SOFT, lambda x: F.cross_entropy(x, SOFT)),
    "soft and smoothing": (SOFT, lambda x: F.cross_entropy(x, SOFT, label_smoothing=0.2)),
    "soft and weights": (SOFT, soft_weighted),
    "focal": (HOT, lambda x: focal(x, HOT, 2)),
    "focal, gamma 1.5, weights": (HOT, lambda x: focal(x, HOT, 1.5, WEIGHTS)),
    "binary": (LABELS, lambda x: F.binary_cross_entropy_with_logits(x, LABELS)),
    "binary, soft": (SOFT, lambda x: F.binary_cross_entropy_with_logits(x, SOFT)),
    "binary, weights": (LABELS, lambda x: F.binary_cross_entropy_with_logits(x, LABELS, pos_weight=POSITIVE)),
    "binary focal": (LABELS, lambda x: sigmoid_focal_loss(x, LABELS, reduction="mean")),
    "binary focal, no alpha": (LABELS, lambda x: sigmoid_focal_loss(x, LABELS, alpha=-1, gamma=1, reduction="mean")),
    "binary focal, soft": (SOFT, lambda x: sigmoid_focal_loss(x, SOFT, alpha=0.6, gamma=2.5, reduction="mean")),
    "mean squared": (VALUES, lambda x: F.mse_loss(x, VALUES)),
    "huber": (VALUES, lambda x: F.huber_loss(x, VALUES)),
    "huber, delta 2.5": (VALUES, lambda x: F.huber_loss(x, VALUES, delta=2.5)),
    "smooth L1, beta 0.5": (VALUES, lambda x: F.smooth_l1_loss(x, VALUES, beta=0.5)),
}


def compute(targets, loss):
    x = LOGITS.clone().requires_grad_()
    value = loss(x)
    value.backward()
    return {"targets": targets.tolist(), "value": value.item(), "gradient": x.grad.tolist()}


COUNTED = [0, 0, 0, 1, 2, 2, 0]
result = {
    "source": {"torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0],
               "scikit-learn": sklearn.__version__},
    "logits": LOGITS.tolist(),
    "classWeights": WEIGHTS.tolist(),
    "positiveWeights": POSITIVE.tolist(),
    "balanced": {"labels": COUNTED,
                 "weights": compute_class_weight("balanced", classes=np.unique(COUNTED), y=COUNTED).tolist()},
    "cases": {name: compute(*case) for name, case in CASES.items()},
}
(Path(__file__).parent / "losses.json").write_text(json.dumps(result))
