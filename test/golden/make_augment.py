"""Reference values for augmentations, made with torchvision. Usage: python make_augment.py OUT_DIR

Needs torch and torchvision. Images are uint8, [height, width, channels], as base64.
"""
import base64, json, math, sys
from pathlib import Path
import torch, torchvision
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F, InterpolationMode
from torchvision.transforms.functional import _get_perspective_coeffs

torch.set_num_threads(1)
torch.manual_seed(0)
HEIGHT, WIDTH = 17, 13


def picture(channels):
    """Smooth colours with some noise, a grey part and a bright part: something for every operation to change."""
    y, x = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
    planes = [127 + 100 * torch.sin(0.3 * x * (c + 1) + 0.2 * y) + 20 * torch.randn(HEIGHT, WIDTH) for c in range(channels)]
    image = torch.stack(planes).clamp(0, 255).round().to(torch.uint8)
    image[:, :3, :4] = torch.arange(12, dtype=torch.uint8).reshape(3, 4) * 20
    image[:, -2:, -3:] = 255
    return image


def text(image):
    return base64.b64encode(image.permute(1, 2, 0).contiguous().numpy().tobytes()).decode()


images = {str(c): picture(c) for c in (1, 3)}
cases = []


def case(kernel, options, function):
    cases.append({"kernel": kernel, "options": options, "results": {c: text(function(i)) for c, i in images.items()}})


for factor in (0.0, 0.4, 1.0, 1.37, 1.9):
    case("brightness", {"factor": factor}, lambda i: F.adjust_brightness(i, factor))
    case("contrast", {"factor": factor}, lambda i: F.adjust_contrast(i, factor))
    case("saturation", {"factor": factor}, lambda i: F.adjust_saturation(i, factor))
    case("sharpness", {"factor": factor}, lambda i: F.adjust_sharpness(i, factor))
for factor in (-0.5, -0.13, 0.0, 0.07, 0.31):
    case("hue", {"factor": factor}, lambda i: F.adjust_hue(i, factor))
case("grayscale", {}, lambda i: F.rgb_to_grayscale(i, num_output_channels=i.shape[0]))
for bits in (1, 3, 8):
    case("posterize", {"bits": bits}, lambda i: F.posterize(i, bits))
for threshold in (0, 100, 128):
    case("solarize", {"threshold": threshold}, lambda i: F.solarize(i, threshold))
case("autoContrast", {}, F.autocontrast)
case("equalize", {}, F.equalize)
# An image with more pixels than values, so that its equalization is not the identity.
big = {str(c): torch.cat([torch.cat([images[str(c)]] * 4, -1)] * 3, -2) for c in (1, 3)}
for kernelSize, sigma in ((3, 0.1), (3, 0.8), (5, 1.1), (9, 2.0)):
    case("blur", {"kernelSize": kernelSize, "sigma": sigma}, lambda i: F.gaussian_blur(i, [kernelSize] * 2, [sigma] * 2))
for top, left, height, width in ((0, 0, HEIGHT, WIDTH), (3, 2, 9, 7), (10, 0, 7, 13), (5, 6, 1, 1), (0, 4, 17, 5)):
    options = {"top": top, "left": left, "height": height, "width": width}
    case("resizedCrop", options, lambda i: F.resized_crop(i, top, left, height, width, [HEIGHT, WIDTH], antialias=True))
for angle in (0, -90, 180, 17, -133.3):
    case("rotate", {"degrees": angle}, lambda i: F.rotate(i, -angle, InterpolationMode.BILINEAR))
for mode in ("nearest", "bilinear"):
    for angle, translate, scale, shear in (
        (0, [0, 0], 1.0, [0, 0]), (0, [3, -2], 1.0, [0, 0]), (21.3, [0, 0], 1.0, [0, 0]), (0, [0, 0], 0.77, [0, 0]),
        (0, [0, 0], 1.31, [14.2, 0]), (0, [0, 0], 1.0, [0, -11.7]), (-140.9, [2, 1], 1.21, [8.3, -5.1]),
    ):
        options = {"angle": angle, "translate": translate, "scale": scale, "shear": shear, "interpolation": mode}
        case("affine", options, lambda i: F.affine(i, angle, translate, scale, shear, InterpolationMode(mode)))
    start = [[0, 0], [WIDTH - 1, 0], [WIDTH - 1, HEIGHT - 1], [0, HEIGHT - 1]]
    # Corners for which no pixel lies halfway between two, where the nearest would be a matter of float rounding.
    for end in (start, [[2, 4], [11, 0], [9, 15], [1, 13]], [[3, 1], [10, 2], [12, 14], [1, 12]]):
        options = {"corners": end, "coefficients": _get_perspective_coeffs(start, end)}
        case(f"perspective-{mode}", options, lambda i: F.perspective(i, start, end, InterpolationMode(mode)))
case("erase", {"top": 2, "left": 3, "height": 5, "width": 4}, lambda i: F.erase(i, 2, 3, 5, 4, torch.tensor(7)))
case("crop", {"top": 0, "left": 5, "mode": "zero"}, lambda i: F.crop(F.pad(i, 4), 0, 5, HEIGHT, WIDTH))
case("crop", {"top": 7, "left": 1, "mode": "reflect"}, lambda i: F.crop(F.pad(i, 4, padding_mode="reflect"), 7, 1, HEIGHT, WIDTH))
case("flip", {}, F.horizontal_flip)
case("verticalFlip", {}, F.vertical_flip)

# The operations of RandAugment and its relatives, at each of a few magnitudes.
policies = {"randAugment": (v2.RandAugment(), 31, "nearest"), "trivialAugment": (v2.TrivialAugmentWide(), 31, "nearest"), "augMix": (v2.AugMix(), 10, "bilinear")}
spaces, applied = {}, []
for policy, (transform, bins, mode) in policies.items():
    spaces[policy] = []
    for name, (magnitudes_of, signed) in transform._AUGMENTATION_SPACE.items():
        magnitudes = magnitudes_of(bins, HEIGHT, WIDTH)
        spaces[policy].append({"name": name, "signed": signed, "magnitudes": None if magnitudes is None else [float(m) for m in magnitudes]})
        if policy == "trivialAugment":
            continue  # the same operations as RandAugment's
        for magnitude in [0.0] if magnitudes is None else [float(magnitudes[i]) * s for i in (1, 9 % bins) for s in ((1, -1) if signed else (1,))]:
            results = {c: text(transform._apply_image_or_video_transform(i, name, magnitude, InterpolationMode(mode), {torch.Tensor: None})) for c, i in images.items()}
            applied.append({"policy": policy, "name": name, "magnitude": magnitude, "results": results})

# AugMix's mean of an image and its changed copies, with weights of two Dirichlet distributions.
augmix = v2.AugMix(mixture_width=3, chain_depth=1)
m, w = torch.tensor([[0.35, 0.65]]), torch.tensor([[0.2, 0.5, 0.3]])
samples = [m, w]
augmix._sample_dirichlet = lambda _: samples.pop(0)
picked = []
ops = ["Solarize", "TranslateX", "Equalize"]
augmix._get_random_item = lambda space: (ops[len(picked) % 3], space[picked.append(1) or ops[(len(picked) - 1) % 3]])
torch.manual_seed(3)
mixed = {}
for c, i in images.items():
    samples[:] = [m, w]
    parts = []
    original_apply = v2.AugMix._apply_image_or_video_transform
    augmix._apply_image_or_video_transform = lambda *a, **k: parts.append(original_apply(augmix, *a, **k)) or parts[-1]
    result = augmix(i)
    mixed[c] = {"parts": [text(p.reshape(i.shape)) for p in parts], "result": text(result)}

import inspect
# By our names of the options; None and other defaults that are no data are left out.
camel = lambda name: "".join(part.title() if i else part for i, part in enumerate(name.split("_")))
defaults = {
    step: {camel(k): p.default for k, p in inspect.signature(transform).parameters.items() if k != "p" and p.default not in (inspect.Parameter.empty, None)}
    for step, transform in {
        "resizedCrop": v2.RandomResizedCrop, "perspective": v2.RandomPerspective, "blur": v2.GaussianBlur, "erase": v2.RandomErasing,
        "randAugment": v2.RandAugment, "trivialAugment": v2.TrivialAugmentWide, "augMix": v2.AugMix,
    }.items()
}

golden = {
    "defaults": defaults,
    "source": f"torch {torch.__version__}, torchvision {torchvision.__version__}",
    "shape": {"height": HEIGHT, "width": WIDTH},
    "images": {c: text(i) for c, i in images.items()},
    "cases": cases,
    "equalized": {c: {"image": text(i), "result": text(F.equalize(i))} for c, i in big.items()},
    "spaces": spaces,
    "applied": applied,
    "augMix": {"original": 0.35, "weights": [0.13, 0.325, 0.195], "images": mixed},
}
(Path(sys.argv[1]) / "augment.json").write_text(json.dumps(golden))
