"""Times torchvision's transforms on one thread: python torchvision.py SIZE IMAGES CHUNKS CHUNK_MILLIS. Prints microseconds of processor time per image as JSON."""
import json, sys, time
from pathlib import Path

sys.path.remove(str(Path(__file__).parent))  # this file is not the package
import torch, torchvision
from torchvision.transforms import v2, InterpolationMode

size, count, chunks, chunk_millis = map(int, sys.argv[1:5])
torch.set_num_threads(1)
torch.manual_seed(0)
y, x = torch.meshgrid(torch.arange(size) / size, torch.arange(size) / size, indexing="ij")
images = torch.stack([
    torch.stack([127.5 + 120 * torch.sin(6 * x * (c + 1) + i) * torch.cos(5 * y - i * 0.7) for c in range(3)]) for i in range(count)
]).to(torch.uint8)
labels = torch.zeros(count, dtype=torch.int64)
bilinear = InterpolationMode.BILINEAR
crop_flip = v2.Compose([v2.RandomCrop(size, padding=4), v2.RandomHorizontalFlip()])
steps = {
    "crop, zero": v2.RandomCrop(size, padding=4),
    "crop, reflect": v2.RandomCrop(size, padding=4, padding_mode="reflect"),
    "resizedCrop": v2.RandomResizedCrop(size),
    "flip": v2.RandomHorizontalFlip(),
    "verticalFlip": v2.RandomVerticalFlip(),
    "rotate": v2.RandomRotation(15, bilinear),
    "affine, nearest": v2.RandomAffine(15, (0.1, 0.1), (0.9, 1.1)),
    "affine, bilinear": v2.RandomAffine(15, (0.1, 0.1), (0.9, 1.1), interpolation=bilinear),
    "perspective": v2.RandomPerspective(p=1),
    "colorJitter, brightness": v2.ColorJitter(brightness=0.4),
    "colorJitter, contrast": v2.ColorJitter(contrast=0.4),
    "colorJitter, saturation": v2.ColorJitter(saturation=0.4),
    "colorJitter, hue": v2.ColorJitter(hue=0.1),
    "colorJitter, all": v2.ColorJitter(0.4, 0.4, 0.4, 0.1),
    "grayscale": v2.RandomGrayscale(p=1),
    "blur, 3": v2.GaussianBlur(3),
    "blur, 9": v2.GaussianBlur(9),
    "solarize": v2.RandomSolarize(128, p=1),
    "posterize": v2.RandomPosterize(4, p=1),
    "equalize": v2.RandomEqualize(p=1),
    "erase": v2.RandomErasing(p=1),
    "randAugment": v2.RandAugment(),
    "trivialAugment": v2.TrivialAugmentWide(),
    "augMix": v2.AugMix(),
    "crop, flip": crop_flip,
    "crop, flip, randAugment, erase": v2.Compose([*crop_flip.transforms, v2.RandAugment(), v2.RandomErasing()]),
}


class Images(torch.utils.data.Dataset):
    def __init__(self, transform):
        self.transform = transform

    def __len__(self):
        return count

    def __getitem__(self, i):
        return images[i] if self.transform is None else self.transform(images[i]), labels[i]


def each(transform):
    def run():
        for image in images:
            transform(image)
    return run


def loaded(transform):
    loader = torch.utils.data.DataLoader(Images(transform), batch_size=128, shuffle=True)
    def run():
        for _ in loader:
            pass
    return run


def timed(run):
    warm = time.process_time()
    while time.process_time() - warm < 2e-3 * chunk_millis:
        run()
    times = []
    for _ in range(chunks):
        began, runs = time.process_time(), 0
        while time.process_time() - began < 1e-3 * chunk_millis:
            run()
            runs += 1
        times.append(1e6 * (time.process_time() - began) / (runs * count))
    return times


micros = {name: timed(each(transform)) for name, transform in steps.items()}
micros["loader, nothing"] = timed(loaded(None))
micros["loader, crop, flip"] = timed(loaded(crop_flip))
print(json.dumps({"versions": f"torch {torch.__version__}, torchvision {torchvision.__version__}", "micros": micros}))
