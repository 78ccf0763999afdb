"""Writes views.json: the published ResNet-20 with test-time views on CIFAR-10's first 500 test images, in PyTorch.

Run: python make_views.py CIFAR10.u8, the file of the dataset in the user's cache, as `effect-tensorflow data info cifar10` names it.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

here = Path(__file__).parent
count = 500


class Block(nn.Module):
    def __init__(self, before: int, after: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        zeros = (y.shape[1] - x.shape[1]) // 2
        shortcut = x if zeros == 0 else F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, zeros, zeros))
        return F.relu(y + shortcut)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        stage = lambda before, after, stride: nn.Sequential(
            Block(before, after, stride), Block(after, after, 1), Block(after, after, 1)
        )
        self.layer1, self.layer2, self.layer3 = stage(16, 16, 1), stage(16, 32, 2), stage(32, 64, 2)
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


# The next three as in KellerJordan/cifar10-airbench, airbench94.py, `infer`.
def mirror(inputs, net):
    return 0.5 * net(inputs) + 0.5 * net(inputs.flip(-1))


def mirror_translate(inputs, net):
    logits = mirror(inputs, net)
    pad = 1
    padded = F.pad(inputs, (pad,) * 4, "reflect")
    moved = [padded[:, :, 0:32, 0:32], padded[:, :, 2:34, 2:34]]
    translated = torch.stack([mirror(one, net) for one in moved]).mean(0)
    return 0.5 * logits + 0.5 * translated


saved = torch.load(here.parent / "pretrained/resnet20-12fca82f.th", map_location="cpu")["state_dict"]
net = ResNet20()
net.load_state_dict({name.removeprefix("module."): tensor for name, tensor in saved.items()})
net.eval()

data = np.fromfile(sys.argv[1], dtype=np.uint8)
start = 50_000 * 3073
images = data[start : start + count * 3072].reshape(count, 32, 32, 3)
labels = torch.from_numpy(data[start + 10_000 * 3072 :][:count].astype(np.int64))
mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
inputs = ((torch.from_numpy(images.astype(np.float32)) / 255 - mean) / deviation).permute(0, 3, 1, 2)

views = {}
with torch.no_grad():
    for name, infer in {"none": lambda x, f: f(x), "flip": mirror, "flip-shift": mirror_translate}.items():
        logits = infer(inputs, net)
        views[name] = {
            "correct": int((logits.argmax(1) == labels).sum()),
            "logits": [round(value, 5) for value in logits[0].tolist()],
        }

source = f"torch {torch.__version__}, the views of KellerJordan/cifar10-airbench (airbench94.py, infer), weights of akamaster/pytorch_resnet_cifar10"
(here / "views.json").write_text(json.dumps({"source": source, "images": count, "views": views}, indent=1) + "\n")
