"""Times torchvision's ImageFolder in a DataLoader: python torchvision.py DIR WORKERS SIZE BATCH WARM IMAGES. Prints images per second as JSON."""
import json, sys, time
from itertools import islice
from pathlib import Path

sys.path.remove(str(Path(__file__).parent))  # this file is not the package
import PIL, torch, torchvision
from torchvision.transforms import v2

directory = sys.argv[1]
workers, size, batch_size, warm, images = map(int, sys.argv[2:7])
train = Path(directory) / "train"
torch.manual_seed(0)
# The pixels stay uint8, as ours do.
transform = v2.Compose([v2.Resize(size), v2.CenterCrop(size), v2.RandomHorizontalFlip(), v2.PILToTensor()])
dataset = torchvision.datasets.ImageFolder(train if train.exists() else directory, transform)
loader = torch.utils.data.DataLoader(dataset, batch_size=batch_size, shuffle=True, drop_last=True, num_workers=workers)


def forever():
    while True:
        yield from loader


batches = forever()
for _ in islice(batches, warm // batch_size):
    pass
began = time.perf_counter()
for _ in islice(batches, images // batch_size):
    pass
seconds = time.perf_counter() - began
versions = f"torch {torch.__version__}, torchvision {torchvision.__version__}, Pillow {PIL.__version__}"
print(json.dumps({"versions": versions, "imagesPerSecond": images / seconds}))
