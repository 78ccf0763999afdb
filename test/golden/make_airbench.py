"""Steps of airbench94 with PyTorch, for the recipe `cifar10-94`. Usage: python make_airbench.py DIRECTORY

The network, groups of parameters, schedule and averaging are those of legacy/airbench94.py of KellerJordan/cifar10-airbench (arXiv 2404.00498), in float32, with
widths 8/12/10, batches of 16 of 32 images and 6 epochs. The images are smooth noise, not augmented, in the same order in every epoch.
"""
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

torch.manual_seed(0)
torch.set_num_threads(1)

BATCH, EPOCHS, COUNT, WIDTHS, CLASSES = 16, 6, 32, (8, 12, 10), 10
LR, MOMENTUM, DECAY, BIAS_SCALER, SMOOTHING, WHITEN_BIAS_EPOCHS = 11.5, 0.85, 0.0153, 64.0, 0.2, 3
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
NOISE = torch.rand(COUNT, 3, 10, 10)
PIXELS = (F.interpolate(NOISE, size=(32, 32), mode="bicubic").clamp(0, 1) * 255).round().to(torch.uint8)
LABELS = torch.arange(COUNT) % CLASSES


class BatchNorm(nn.BatchNorm2d):
    def __init__(self, channels):
        super().__init__(channels, eps=1e-12, momentum=1 - 0.6)
        self.weight.requires_grad = False


class Conv(nn.Conv2d):
    def __init__(self, i, o):
        super().__init__(i, o, 3, padding="same", bias=False)
        nn.init.dirac_(self.weight.data[:i])


class Group(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.conv1, self.norm1 = Conv(i, o), BatchNorm(o)
        self.conv2, self.norm2 = Conv(o, o), BatchNorm(o)

    def forward(self, x):
        x = F.gelu(self.norm1(F.max_pool2d(self.conv1(x), 2)))
        return F.gelu(self.norm2(self.conv2(x)))


class Airbench(nn.Module):
    def __init__(self):
        super().__init__()
        self.whiten = nn.Conv2d(3, 24, 2, padding=0)
        self.whiten.weight.requires_grad = False
        groups = [Group(i, o) for i, o in zip((24, *WIDTHS), WIDTHS)]
        self.layers = nn.Sequential(nn.GELU(), *groups, nn.MaxPool2d(3), nn.Flatten())
        self.head = nn.Linear(WIDTHS[-1], CLASSES, bias=False)

    def init_whiten(self, images, eps=5e-4):
        patches = images.unfold(2, 2, 1).unfold(3, 2, 1).transpose(1, 3).reshape(-1, 3, 2, 2).float()
        flat = patches.view(len(patches), -1)
        values, vectors = torch.linalg.eigh((flat.T @ flat) / len(flat), UPLO="U")
        values, vectors = values.flip(0).view(-1, 1, 1, 1), vectors.T.reshape(-1, 3, 2, 2).flip(0)
        scaled = vectors / torch.sqrt(values + eps)
        self.whiten.weight.data[:] = torch.cat((scaled, -scaled))
        self.whiten.bias.data.zero_()

    def forward(self, x):
        return self.head(self.layers(self.whiten(x))) / 9


class LookaheadState:
    def __init__(self, net):
        self.net_ema = {k: v.clone() for k, v in net.state_dict().items()}

    def update(self, net, decay):
        for ema_param, net_param in zip(self.net_ema.values(), net.state_dict().values()):
            if net_param.dtype in (torch.half, torch.float):
                ema_param.lerp_(net_param, 1 - decay)
                net_param.copy_(ema_param)


def triangle(steps, start=0.0, end=0.0, peak=0.5):
    xp, fp = np.array([0, int(peak * steps), steps]), np.array([start, 1, end])
    return np.interp(np.arange(1 + steps), xp, fp)


images = (PIXELS.float() / 255 - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)
net = Airbench()
net.init_whiten(images)
for module in net.modules():
    if isinstance(module, BatchNorm):
        # As if trained a little: otherwise a swapped or unscaled bias would not show.
        nn.init.uniform_(module.bias, -0.3, 0.3)
trained = {k: v for k, v in net.state_dict().items() if "num_batches" not in k and not ("norm" in k and "weight" in k)}
out = {"pixels": PIXELS, "labels": LABELS, **{f"init.{k}": v.clone() for k, v in trained.items()}}

kilostep = 1024 * (1 + 1 / (1 - MOMENTUM))
lr = LR / kilostep
wd = DECAY * BATCH / kilostep
lr_biases = lr * BIAS_SCALER
norm_biases = [p for k, p in net.named_parameters() if "norm" in k and p.requires_grad]
others = [p for k, p in net.named_parameters() if "norm" not in k and p.requires_grad]
optimizer = torch.optim.SGD(
    [dict(params=norm_biases, lr=lr_biases, weight_decay=wd / lr_biases), dict(params=others, lr=lr, weight_decay=wd / lr)],
    momentum=MOMENTUM,
    nesterov=True,
)
total = COUNT // BATCH * EPOCHS
schedule = triangle(total, start=0.2, end=0.07, peak=0.23)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: schedule[i])
alpha_schedule = 0.95**5 * (torch.arange(total + 1) / total) ** 3
lookahead = LookaheadState(net)
loss_fn = nn.CrossEntropyLoss(label_smoothing=SMOOTHING, reduction="none")

losses, rates, step = [], [], 0
for epoch in range(EPOCHS):
    net.whiten.bias.requires_grad = epoch < WHITEN_BIAS_EPOCHS
    for begin in range(0, COUNT, BATCH):
        net.train()
        loss = loss_fn(net(images[begin : begin + BATCH]), LABELS[begin : begin + BATCH]).sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        # The rate for the mean loss of a batch.
        rates.append(scheduler.get_last_lr()[1] * BATCH)
        optimizer.step()
        scheduler.step()
        losses.append(loss.item() / BATCH)
        step += 1
        if step % 5 == 0:
            lookahead.update(net, decay=alpha_schedule[step].item())
lookahead.update(net, decay=1.0)

out |= {f"after.{k}": v.clone() for k, v in net.state_dict().items() if k in trained}
out |= {"losses": torch.tensor(losses, dtype=torch.float32), "rates": torch.tensor(rates, dtype=torch.float32)}
save_file({k: v.contiguous() for k, v in out.items()}, Path(sys.argv[1]) / "airbench-steps.safetensors")
print([round(x, 4) for x in losses])
