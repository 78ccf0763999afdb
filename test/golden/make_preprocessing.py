"""Writes preprocessing.json: pictures as torchvision prepares them for its published ImageNet weights, in small. Run: python make_preprocessing.py"""

import json
from pathlib import Path

import numpy as np
import PIL
import torchvision
from PIL import Image
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize


def picture(width: int, height: int) -> np.ndarray:
    """Colours that vary slowly and quickly, as a formula that the test repeats."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * (5 + 2 * c) + y * (3 + c) + (x * y) // 7) % 256).astype(np.uint8)


cases = []
for width, height, resize, crop in [(90, 60, 30, 24), (45, 70, 33, 24), (20, 20, 29, 24), (61, 40, 24, 24)]:
    transform = Compose([Resize(resize, interpolation=InterpolationMode.BILINEAR), CenterCrop(crop)])
    pixels = np.asarray(transform(Image.fromarray(picture(width, height))))
    cases.append({"width": width, "height": height, "resize": resize, "crop": crop, "pixels": pixels.flatten().tolist()})

source = f"torchvision {torchvision.__version__}, pillow {PIL.__version__}: Resize (bilinear), CenterCrop"
(Path(__file__).parent / "preprocessing.json").write_text(json.dumps({"source": source, "cases": cases}, separators=(",", ":")))
