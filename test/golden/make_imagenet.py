"""Writes imagenet.json: torchvision's ResNets for ImageNet at 224 pixels, in evaluation and over one training step, in float64.

The weights are not stored: both sides make them by the same rule, `value`, of a tensor's name and an index. Run: python make_imagenet.py
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torchvision

count = 2
classes = [7, 900]


def hashed(name: str, size: int) -> np.ndarray:
    """Numbers from 0 to 1 of 24 bits, of a name and an index: FNV-1a of the name, mixed with the index."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = (np.arange(size, dtype=np.uint64) * 0x9E3779B9 + seed) & 0xFFFFFFFF
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = ((x ^ (x >> np.uint64(shift))) * factor) & 0xFFFFFFFF
    x ^= x >> np.uint64(16)
    return (x >> np.uint64(8)).astype(np.float64) / 2**24


def value(name: str, shape: tuple[int, ...]) -> np.ndarray:
    u = hashed(name, math.prod(shape))
    if len(shape) > 1:
        result = math.sqrt(6 / math.prod(shape[1:])) * (2 * u - 1)
    elif name.endswith("running_var"):
        result = 0.5 + u
    elif name.endswith("weight"):
        # Small at the end of a block, so that deep networks stay calm.
        last = name.endswith((".bn3.weight",)) or (name.endswith(".bn2.weight") and name in basic)
        result = (0.25 if last else 1) * (0.8 + 0.4 * u)
    else:
        result = 0.1 * (2 * u - 1)
    return result.astype(np.float32).reshape(shape)


def norm(tensor: torch.Tensor) -> float:
    return float(tensor.norm())


def start(tensor: torch.Tensor, values: int = 8) -> list[float]:
    return [float(f"{x:.9g}") for x in tensor.detach().flatten()[:values].tolist()]


results = {}
for name in ["resnet18", "resnet50", "wide_resnet50_2"]:
    net = getattr(torchvision.models, name)(weights=None)
    basic = {f"{path}.bn2.weight" for path, m in net.named_modules() if type(m).__name__ == "BasicBlock"}
    state = {
        key: torch.from_numpy(value(key, tuple(tensor.shape)))
        for key, tensor in net.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
    net.load_state_dict(state, strict=False)
    net.double()
    images = torch.from_numpy(4 * hashed("images", count * 3 * 224 * 224).reshape(count, 3, 224, 224) - 2)
    images = images.float().double()
    features = {}
    net.avgpool.register_forward_hook(lambda _module, _inputs, output: features.update(pooled=output.flatten(1)))
    with torch.no_grad():
        logits = net.eval()(images)
    pooled = features["pooled"]
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    loss = torch.nn.functional.cross_entropy(net(images), torch.tensor(classes))
    loss.backward()
    optimizer.step()
    keys = ["conv1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer4.1.conv2.weight", "layer4.0.downsample.1.weight", "fc.weight"]
    after = net.state_dict()
    results[name] = {
        "parameters": sum(p.numel() for p in net.parameters()),
        "logits": [start(row, 20) for row in logits],
        "logitsNorm": norm(logits),
        "features": start(pooled, 20),
        "featuresNorm": norm(pooled),
        "loss": float(loss),
        "gradients": {key: norm(p.grad) for key, p in net.named_parameters() if key in keys},
        # The change of a parameter by the step, divided by the rate: its gradient with the decay.
        "changes": {key: start((after[key] - state[key].double()) / -0.1) for key in keys},
        "runningNorms": {
            kind: math.sqrt(sum(norm(t) ** 2 for key, t in after.items() if key.endswith(kind)))
            for kind in ("running_mean", "running_var")
        },
    }
    print(name, results[name]["logitsNorm"], results[name]["loss"], results[name]["gradients"])

source = f"torch {torch.__version__}, torchvision {torchvision.__version__}, torchvision.models in float64"
path = Path(__file__).parent / "imagenet.json"
path.write_text(json.dumps({"source": source, "networks": results}, indent=1) + "\n")
