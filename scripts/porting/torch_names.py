"""Writes torch-names.json: the public names of an installed PyTorch, by module.

Run with PyTorch 1.13: python3 torch_names.py

A name is public if it has no underscore in front, what it stands for is at home in that module, and PyTorch documents it. In-place
variants are left out: their names are those of functions with an underscore behind them.
"""

import inspect
import json
from pathlib import Path

import torch
from torch import nn, optim
from torch.nn import functional
from torch.optim import lr_scheduler


def names(owner, is_public):
    found = {name for name in dir(owner) if not name.startswith("_") and is_public(name, getattr(owner, name, None))}
    return sorted(name for name in found if not (name.endswith("_") and name[:-1] in dir(owner)))


def has_text(value):
    text = getattr(value, "__doc__", None)
    return isinstance(text, str) and text.strip() != ""


def of_torch(name, value):
    if inspect.isclass(value):
        return value.__module__ in ("torch", "torch._C", "torch.autograd.grad_mode") and has_text(value) or name == "Tensor"
    return isinstance(value, torch.dtype) or inspect.isroutine(value) and has_text(value)


lists = {
    "torch": names(torch, of_torch),
    "torch.Tensor": names(torch.Tensor, lambda name, value: has_text(value)),
    "torch.nn.Module": names(nn.Module, lambda name, value: inspect.isroutine(value) and has_text(value)),
    "torch.nn": names(nn, lambda name, value: inspect.isclass(value) and value.__module__.startswith("torch.nn.")),
    "torch.nn.functional": names(functional, lambda name, value: inspect.isroutine(value) and has_text(value)),
    "torch.nn.init": sorted(name for name in dir(nn.init) if name.endswith("_") and not name.startswith("_")),
    "torch.optim": names(optim, lambda name, value: inspect.isclass(value)),
    "torch.optim.Optimizer": names(optim.Optimizer, lambda name, value: inspect.isroutine(value) and has_text(value)),
    "torch.optim.lr_scheduler": names(lr_scheduler, lambda name, value: inspect.isclass(value) and value.__module__ == lr_scheduler.__name__),
}

if __name__ == "__main__":
    text = json.dumps({"version": torch.__version__, "names": lists}, indent=1)
    Path(__file__).with_name("torch-names.json").write_text(text + "\n")
    for module, found in lists.items():
        print(module, len(found))
