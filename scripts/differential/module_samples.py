"""Prints PyTorch's own module inputs of the layers that are named on stdin, one JSON object a line.

They are those of `module_db` and of the lists of `common_nn`, with which PyTorch is tested: arguments of constructors by their names,
inputs, and modes. What has arguments that tapegrad has no types for is counted and left out. PyTorch 1.13 has no inputs of layers that
are to be refused.
"""

import inspect
import json
import sys

from op_samples import Unfit, Writer  # The first: it stands in for what only tests need.
import torch
from torch import nn
from torch.testing._internal import common_nn
from torch.testing._internal.common_modules import module_db


def of_module_db():
    for info in module_db:
        for training in (True, False) if info.train_and_eval_differ else (True,):
            made = info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=True, training=training)
            for each in made:
                given = each.forward_input
                if given is not None and not given.kwargs:
                    made_of = each.constructor_input
                    yield info.module_cls, made_of.args, made_of.kwargs, given.args, (), training


def tensors_of(test, kind):
    """An input or a target as a test describes it."""
    if f"{kind}_fn" in test:
        made = test[f"{kind}_fn"]()
    elif kind in test:
        made = test[kind]
    else:
        made = torch.randn(test[f"{kind}_size"])
    return made if isinstance(made, tuple) else (made,)


def of_common_nn():
    for test in common_nn.module_tests + common_nn.new_module_tests + common_nn.criterion_tests:
        if "constructor" in test or not hasattr(nn, test.get("module_name", "")):
            continue
        args = test["constructor_args_fn"]() if "constructor_args_fn" in test else test.get("constructor_args", ())
        given = tensors_of(test, "input")
        targets = tensors_of(test, "target") if any(key.startswith("target") for key in test) else ()
        for training in (True, False) if test.get("check_eval") else (True,):
            yield getattr(nn, test["module_name"]), args, {}, given, targets, training


def call_of(cls, args, kwargs, given, targets, training):
    writer = Writer()
    for value in (*given, *targets):
        if not isinstance(value, torch.Tensor):
            raise Unfit
        writer.write(value)
    bound = inspect.signature(cls).bind(*args, **kwargs).arguments
    options = {name: writer.write(value) for name, value in bound.items() if name not in ("device", "dtype")}
    for constant in writer.inputs[len(given) :]:
        constant["grad"] = False
    code = ", ".join(f"{name}={code}" for name, (_, code) in options.items())
    return {
        "name": cls.__name__,
        "code": f"nn.{cls.__name__}({code})",
        "inputs": writer.inputs,
        "given": len(given) + len(targets),
        "options": {name: part for name, (part, _) in options.items()},
        "train": training,
    }


def main():
    wanted = set(json.load(sys.stdin))
    left = 0
    torch.manual_seed(0)
    for sample in (*of_module_db(), *of_common_nn()):
        if sample[0].__name__ not in wanted:
            continue
        try:
            print(json.dumps(call_of(*sample)))
        except Unfit:
            left += 1
    print(json.dumps({"left": left}))


main()
