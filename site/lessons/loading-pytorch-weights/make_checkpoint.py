"""Writes checkpoint.js: a small network that PyTorch trained, and what it answers. `python3 make_checkpoint.py`, PyTorch 1.13."""
import base64
import io
import math
import pathlib

import torch

torch.manual_seed(0)
turns = torch.rand(600) * 1.5
labels = (torch.arange(600) % 2).long()
angles = 2 * math.pi * turns + math.pi * labels
points = (0.2 + turns / 2)[:, None] * torch.stack([angles.cos(), angles.sin()], 1)

model = torch.nn.Sequential(
    torch.nn.Linear(2, 16), torch.nn.BatchNorm1d(16), torch.nn.ReLU(), torch.nn.Linear(16, 2)
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for step in range(1500):
    batch = torch.randint(600, (100,))
    loss = torch.nn.functional.cross_entropy(model(points[batch]), labels[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

file = io.BytesIO()
state = {f"module.{name}": value for name, value in model.state_dict().items()}
torch.save({"epoch": 15, "state_dict": state}, file)
model.eval()
inputs = torch.tensor([[round(value, 5) for value in row] for row in points[:5].tolist()])
with torch.no_grad():
    outputs = model(inputs)

rows = lambda values: [[round(value, 5) for value in row] for row in values.tolist()]
base64_text = base64.b64encode(file.getvalue()).decode()
pathlib.Path(__file__).with_name("checkpoint.js").write_text(
    f"""// Written by make_checkpoint.py.
const base64 = "{base64_text}";

/** A PyTorch checkpoint of a network that tells two spirals apart. */
export const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** Points, and what the network answers in eval mode. */
export const inputs = {rows(inputs)};
export const outputs = {rows(outputs)};
"""
)
