"""Times a training step and the evaluation of a batch in PyTorch: python with_pytorch.py JOB, from `index.ts`. The network is built from its description."""
import torch
from torch import nn
import torch.nn.functional as F
from timing import answer, read_job, times


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class IdentityPadding(nn.Module):
    def __init__(self, stride, before, after):
        super().__init__()
        self.stride, self.before, self.after = stride, before, after

    def forward(self, x):
        return F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.before, self.after))


class Scale(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, x):
        return self.by * x


class BatchNormWithoutScale(nn.BatchNorm2d):
    def __init__(self, channels, **options):
        super().__init__(channels, **options)
        del self.weight
        self.register_parameter("weight", None)


def build(spec):
    match spec["_tag"]:
        case "Named":
            return build(spec["module"])
        case "Chain":
            return nn.Sequential(*map(build, spec["modules"]))
        case "Residual":
            return Residual(build(spec["body"]), build(spec["shortcut"]))
        case "Conv":
            conv = nn.Conv2d(spec["in"], spec["out"], spec["kernel"], spec["stride"], spec["padding"], bias=spec["bias"])
            conv.weight.requires_grad = not spec["frozen"]
            return conv
        case "BatchNorm":
            kind = nn.BatchNorm2d if spec["scale"] else BatchNormWithoutScale
            return kind(spec["channels"], eps=spec["epsilon"], momentum=1 - spec["decay"])
        case "Linear":
            return nn.Linear(spec["in"], spec["out"], bias=spec["bias"])
        case "MaxPool":
            return nn.MaxPool2d(spec["size"], spec["stride"], spec["padding"])
        case "IdentityPadding":
            extra = spec["out"] - spec["in"]
            before = extra // 2 if spec["zeros"] == "around" else 0
            return IdentityPadding(spec["stride"], before, extra - before)
        case "GlobalAvgPool":
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        case "GlobalMaxPool":
            return nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten())
        case "Relu":
            return nn.ReLU(inplace=True)
        case "Gelu":
            return nn.GELU()
        case "Flatten":
            return nn.Flatten()
        case "Identity":
            return nn.Identity()
        case "Scale":
            return Scale(spec["by"])
        case other:
            raise ValueError(f"no layer for {other}")


job = read_job()
setting, network, batch = job["setting"], job["network"], job["batchSize"]
torch.set_num_threads(job["threads"])
torch.manual_seed(0)
model = build(network["body"])
trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
layout = torch.channels_last if "channels_last" in setting else torch.contiguous_format
model = model.to(memory_format=layout)
size = network["input"]


def images(count):
    return torch.randn(count, size["channels"], size["height"], size["width"]).to(memory_format=layout)


forward = torch.compile(model) if "compile" in setting else model
optimizer = torch.optim.SGD(
    trainable, lr=job["learningRate"], momentum=job["momentum"], weight_decay=job["weightDecay"], fused=setting != "default")
x, labels = images(batch), torch.randint(0, network["classes"], (batch,))
losses = []


def step():
    optimizer.zero_grad()
    loss = F.cross_entropy(forward(x), labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())


model.train()
train = times(step, job["steps"], job["warmUp"])
model.eval()
evaluate = {}
for count in job["evaluationBatches"]:
    seen = images(count)
    with torch.inference_mode():
        evaluate[count] = times(lambda: forward(seen), job["evaluations"], job["warmUp"])
parameters = sum(parameter.numel() for parameter in trainable)
versions = f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}"
answer(job, versions=versions, parameters=parameters, loss=losses[-1], train=train, evaluate=evaluate)
