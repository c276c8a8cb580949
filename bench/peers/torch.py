# usage: python3 torch.py WORKLOAD THREADS STEPS
# The reference workloads in PyTorch; prints one line of JSON.
import json, resource, statistics, sys, time
sys.path.pop(0)  # this folder holds a file named torch.py
import torch
import torch.nn as nn
import torch.nn.functional as F

workload, threads, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
torch.manual_seed(0)


class LenetBn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16)
        self.conv2, self.bn2 = nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32)
        self.drop1, self.fc1 = nn.Dropout(0.25), nn.Linear(1568, 128)
        self.drop2, self.fc2 = nn.Dropout(0.5), nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        x = self.drop1(x.flatten(1))
        return self.fc2(self.drop2(F.relu(self.fc1(x))))


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride != 1:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.shortcut(x))


class Resnet8(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.blocks = nn.Sequential(BasicBlock(16, 16, 1), BasicBlock(16, 32, 2), BasicBlock(32, 64, 2))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(self.blocks(F.relu(self.bn(self.conv(x)))).mean((2, 3)))


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x))).mean()


large, lenet = workload.startswith("resnet152"), workload.startswith("lenet")
if workload.startswith("block-"):
    batch, channels, side = map(int, workload.removeprefix("block-").split("x"))
    net = Block(channels)
elif large:
    from torchvision.models import resnet152

    net, shape = resnet152(), (3, 224, 224)
else:
    net, shape = (LenetBn(), (1, 28, 28)) if lenet else (Resnet8(), (3, 32, 32))
if workload.startswith("block-"):
    repeats = 1
    x = torch.randn(batch, channels, side, side, requires_grad=True)

    def run():
        net.zero_grad()
        x.grad = None
        loss = net(x)
        loss.backward()
        loss.item()
elif "-inf" in workload:
    batch = int(workload.split("-inf")[1])
    repeats = 50 if batch == 1 and not large else 1
    net.eval()
    x = torch.randn(batch, *shape)

    def run():
        with torch.no_grad():
            net(x)
else:
    batch, repeats = (64 if lenet else 1 if large else 32), 1
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    x, y = torch.randn(batch, *shape), torch.arange(batch) % 10

    def run():
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        loss.item()


times, cpu_times = [], []
for i in range(-min(10, steps), steps):
    start, cpu_start = time.perf_counter(), time.thread_time()
    for _ in range(repeats):
        run()
    if i >= 0:
        times.append((time.perf_counter() - start) / repeats * 1e3)
        cpu_times.append((time.thread_time() - cpu_start) / repeats * 1e3)
times.sort()
print(json.dumps({
    "peer": f"PyTorch {torch.__version__}", "workload": workload, "threads": threads, "batch": batch,
    "medianMs": statistics.median(times), "p25Ms": times[len(times) // 4], "minMs": times[0],
    "cpuMs": statistics.median(cpu_times),
    "rssMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
