"""Weight files as PyTorch writes them, for the tests of src/model/weights/torch. Usage: python make_fixtures.py OUT_DIR

Needs torch, torchvision, timm and safetensors. Each NAME.pt is the zip format, each NAME.legacy.pt the one before PyTorch 1.6, and
NAME.safetensors what both must be read as.
"""
import sys
from collections import OrderedDict
from pathlib import Path

import timm
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

OUT = Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)


def write(name, saved, expected):
    torch.save(saved, OUT / f"{name}.pt")
    torch.save(saved, OUT / f"{name}.legacy.pt", _use_new_zipfile_serialization=False)
    save_file({key: value.detach().contiguous().clone() for key, value in expected.items()}, OUT / f"{name}.safetensors")


def prefixed(prefix, state):
    return OrderedDict((prefix + key, value) for key, value in state.items())


model = nn.Sequential(OrderedDict(conv1=nn.Conv2d(3, 4, 3), bn1=nn.BatchNorm2d(4), fc=nn.Linear(4, 5)))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
model.fc(model.bn1(model.conv1(torch.randn(2, 3, 3, 3))).flatten(1)).sum().backward()
optimizer.step()
state = model.state_dict()

write("plain", state, state)

# A checkpoint of a training script: DataParallel's prefix, a tensor beside the state dict, the optimizer's state.
write(
    "checkpoint",
    {
        "epoch": 90,
        "arch": "resnet18",
        "best_acc1": torch.tensor(69.758),
        "state_dict": prefixed("module.", state),
        "optimizer": optimizer.state_dict(),
    },
    state,
)

# torch.compile over DataParallel, one container in another.
write("compiled", {"net": {"model": prefixed("_orig_mod.module.", state), "lr": 0.1}}, state)

# Parameters rather than their data, one of them under two names.
parameters = OrderedDict(model.named_parameters())
parameters["tied.weight"] = parameters["fc.weight"]
write("parameters", parameters, parameters)

numbers = torch.tensor([0.0, 1.0, -2.5, 65504.0, 6e-8, 0.1])
kinds = OrderedDict(
    f32=torch.tensor([0.0, -0.0, 1e-40, 3.4e38, float("inf"), float("-inf")]),
    f64=numbers.double() / 3,
    f16=torch.cat([numbers, torch.tensor([float("inf"), float("-inf"), -6.1e-5])]).half(),
    bf16=torch.cat([numbers, torch.tensor([1e38, float("inf")])]).bfloat16(),
    i64=torch.tensor([-(2**40), 2**62]),
    i32=torch.tensor([-(2**31), 7], dtype=torch.int32),
    i16=torch.tensor([-300, 300], dtype=torch.int16),
    i8=torch.tensor([-128, 127], dtype=torch.int8),
    u8=torch.tensor([0, 255], dtype=torch.uint8),
    bool=torch.tensor([True, False, True]),
)
write("kinds", kinds, kinds)
# The same as PyTorch itself makes float32 of them.
save_file({key: value.float() for key, value in kinds.items()}, OUT / "kinds-float32.safetensors")

shared = torch.arange(60.0)
views = OrderedDict(
    whole=shared,
    part=shared[10:22].view(3, 4),
    every_other=shared[1:20:2],
    transposed=shared[:12].view(3, 4).t(),
    channels_last=torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
    expanded=shared[5:8].view(3, 1).expand(3, 4),
    column=torch.arange(24, dtype=torch.int64).view(2, 3, 4)[:, 1, ::2],
    half=torch.randn(4, 6).half().t()[1:5:2],
    scalar=shared[7],
    empty=torch.empty(0, 3),
)
write("views", views, views)

# The names and shapes of torchvision's residual networks; timm's are the same.
lines = []
for name in ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]:
    ours = {key: tuple(value.shape) for key, value in getattr(torchvision.models, name)().state_dict().items()}
    theirs = {key: tuple(value.shape) for key, value in timm.create_model(name).state_dict().items()}
    assert ours == theirs, name
    lines.append(f"# {name}")
    lines += [f"{key} {'x'.join(map(str, shape))}".rstrip() for key, shape in ours.items()]
(OUT / "resnet-names.txt").write_text("\n".join(lines) + "\n")
