"""Prints PyTorch's own sample inputs of the ops that are named on stdin, one JSON object a line.

They are those of `op_db`, with which PyTorch is tested: inputs, calls in Python, and whether PyTorch shall refuse them. What has
arguments that tapegrad has no types for is counted and left out.
"""

import base64
import json
import sys
import types
import unittest
import warnings

warnings.filterwarnings("ignore")
try:
    import expecttest  # noqa: F401
except ImportError:
    # Only tests of PyTorch itself need it; the tables do without.
    sys.modules["expecttest"] = types.SimpleNamespace(TestCase=unittest.TestCase, ACCEPT=False)

import torch
from torch.testing._internal.common_methods_invocations import op_db

KINDS = {torch.float32: "float32", torch.int32: "int32", torch.int64: "index", torch.bool: "bool"}


class Unfit(Exception):
    pass


class Writer:
    """Turns arguments into JSON, and into Python that reads tensors as `x[i]`."""

    def __init__(self):
        self.inputs = []

    def tensor(self, value):
        if value.dtype not in KINDS or value.layout != torch.strided:
            raise Unfit
        kind = KINDS[value.dtype]
        dense = value.detach().contiguous()
        if kind == "index" and dense.numel() > 0 and dense.abs().max() >= 2**31:
            raise Unfit
        stored = dense if kind == "float32" else dense.to(torch.int32)
        raw = stored.reshape(-1).numpy().tobytes()
        grad = kind == "float32"
        self.inputs.append(
            {"shape": list(value.shape), "kind": kind, "data": base64.b64encode(raw).decode(), "grad": grad}
        )
        i = len(self.inputs) - 1
        return {"tensor": i}, f"x[{i}]"

    def write(self, value):
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if isinstance(value, (list, tuple)):
            parts = [self.write(each) for each in value]
            inner = ", ".join(code for _, code in parts)
            comma = "," if len(parts) == 1 else ""
            code = f"[{inner}]" if isinstance(value, list) else f"({inner}{comma})"
            return [json_part for json_part, _ in parts], code
        if isinstance(value, slice):
            return {"slice": [value.start, value.stop, value.step]}, repr(value)
        if value in (torch.float32, torch.int32):
            return str(value).split(".")[1], repr(value)
        if value is Ellipsis:
            return {"ellipsis": True}, "..."
        if value is None or isinstance(value, (bool, str)):
            return value, repr(value)
        if isinstance(value, int):
            return value, repr(value)
        if isinstance(value, float):
            plain = value == value and abs(value) != float("inf")
            return value if plain else {"number": str(value)}, repr(value)
        raise Unfit


def stands_for_axes(index):
    """Whether a sequence has a position for each axis, which lists have, too, if there are more than numbers in them."""
    return isinstance(index, tuple) or isinstance(index, list) and not all(isinstance(each, int) for each in index)


def call_of(op, sample):
    writer = Writer()
    parts = [writer.write(value) for value in (sample.input, *sample.args)]
    if op.name == "__getitem__" and not stands_for_axes(sample.args[0]):
        parts[1] = ([parts[1][0]], parts[1][1])
    named = {name: writer.write(value) for name, value in sample.kwargs.items() if name != "device"}
    code = ", ".join([code for _, code in parts] + [f"{name}={code}" for name, (_, code) in named.items()])
    if op.name.startswith("linalg."):
        home = "torch"
    else:
        home = "torch" if hasattr(torch, op.name) else "torch.Tensor"
    return {
        "name": op.name,
        "code": f"{home}.{op.name}({code})",
        "inputs": writer.inputs,
        "args": [part for part, _ in parts],
        "options": {name: part for name, (part, _) in named.items()},
    }


def samples_of(op):
    for dtype in (torch.float32, torch.int32):
        if dtype in op.dtypes:
            yield from op.sample_inputs("cpu", dtype, requires_grad=dtype == torch.float32 and op.supports_autograd)
    if op.error_inputs_func is not None:
        for error in op.error_inputs("cpu"):
            yield error.sample_input


def main():
    wanted = set(json.load(sys.stdin))
    left = 0
    for op in op_db:
        if op.name not in wanted or op.variant_test_name in ("variadic_tensors", "ambiguous"):
            continue
        torch.manual_seed(0)
        for sample in samples_of(op):
            try:
                print(json.dumps(call_of(op, sample)))
            except Unfit:
                left += 1
    print(json.dumps({"left": left}))


if __name__ == "__main__":
    main()
