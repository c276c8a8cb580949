"""The recipe of examples/train-cifar.ts in PyTorch and torchvision: what tapegrad's accuracy is compared with.

usage: python3 bench/peers/cifar_torch.py --data DIR [--model resnet8] [--epochs 20] [--batch-size 64] [--lr 0.1] [--seed 0] [--json FILE]
"""
import argparse, json, sys, time
sys.path.pop(0)  # this folder holds a file named torch.py
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut without parameters (option A)."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.half = stride, (outputs - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.half > 0:
            x = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.half, self.half))
        return F.relu(y + x)


class CifarResNet(nn.Module):
    """He et al. 2015, section 4.2, with the initialisation of akamaster/pytorch_resnet_cifar10."""

    def __init__(self, depth, classes):
        super().__init__()
        blocks = (depth - 2) // 6
        stage = lambda inputs, outputs, stride: nn.Sequential(
            Block(inputs, outputs, stride), *(Block(outputs, outputs, 1) for _ in range(blocks - 1)))
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.layer1, self.layer2, self.layer3 = stage(16, 16, 1), stage(16, 32, 2), stage(32, 64, 2)
        self.linear = nn.Linear(64, classes)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.linear(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


@torch.no_grad()
def accuracy(model, loader):
    return sum((model(x).argmax(1) == y).sum().item() for x, y in loader) / len(loader.dataset)


parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.add_argument("--model", default="resnet8")
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--json")
args = parser.parse_args()

torch.set_num_threads(1)
torch.manual_seed(args.seed)
values = [transforms.ToTensor(), transforms.Normalize((0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616))]
augmented = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]
train = ImageFolder(f"{args.data}/train", transforms.Compose(augmented + values))
test = ImageFolder(f"{args.data}/test", transforms.Compose(values))
loader = DataLoader(train, args.batch_size, shuffle=True, drop_last=True)

model = CifarResNet(int(args.model[len("resnet"):]), len(train.classes))
optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, weight_decay=5e-4)
schedule = torch.optim.lr_scheduler.OneCycleLR(
    optimizer, args.lr, total_steps=args.epochs * len(loader), pct_start=0.2, cycle_momentum=False)

history = []
for epoch in range(1, args.epochs + 1):
    start, total = time.perf_counter(), 0.0
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.item()
    seconds = time.perf_counter() - start
    model.eval()
    history.append({"epoch": epoch, "loss": total / len(loader), "testAccuracy": accuracy(model, DataLoader(test, 100)), "seconds": seconds})
    print("epoch {epoch}: train loss {loss:.4f}, test accuracy {testAccuracy:.1%} ({seconds:.1f} s)".format(**history[-1]), flush=True)

model.train()
train_mode = accuracy(model, DataLoader(test, 1))
print(f"test accuracy: eval mode {history[-1]['testAccuracy']:.1%}; train mode, one picture at a time {train_mode:.1%}")
if args.json:
    with open(args.json, "w") as file:
        json.dump({"framework": f"PyTorch {torch.__version__}", "seed": args.seed, "model": args.model, "epochs": history,
                   "testAccuracy": history[-1]["testAccuracy"], "trainModeAccuracy": train_mode}, file, indent=2)
