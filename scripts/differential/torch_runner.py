"""Runs cases of the differential run in PyTorch: one JSON object a line in, one a line out.

Every case runs twice, in float64 and in float32. What it computes, or where and why it fails, is all that is answered;
scripts/differential/compare.ts judges.
"""

import base64
import json
import math
import sys
import warnings
from array import array

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import lr_scheduler, swa_utils

warnings.filterwarnings("ignore")
torch.set_num_threads(1)

NAMES = {"torch": torch, "nn": nn, "F": F, "math": math, "inf": math.inf, "nan": math.nan, "swa_utils": swa_utils}
NAMES.update({name: getattr(lr_scheduler, name) for name in dir(lr_scheduler) if not name.startswith("_")})
NAMES.update(SWALR=swa_utils.SWALR, **{name: getattr(torch.optim, name) for name in dir(torch.optim)})


def named(function):
    """Makes a function known to the programs of cases."""
    NAMES[function.__name__] = function
    return function


@named
def clipped(parameters, gradients, clip):
    """What a clipping function returns, and the gradients after it."""
    owners = [nn.Parameter(p.detach().clone()) for p in parameters]
    for owner, gradient in zip(owners, gradients):
        owner.grad = gradient.detach().clone()
    norm = clip(owners)
    return ([] if norm is None else [norm]) + [owner.grad for owner in owners]


@named
def averaged(rounds, average):
    """Averages of weights that `AveragedModel` keeps after taking in each of `rounds`."""
    model = nn.ParameterList([nn.Parameter(w.detach().clone()) for w in rounds[0]])
    keeper = swa_utils.AveragedModel(model, avg_fn=average)
    for weights in rounds:
        for parameter, weight in zip(model, weights):
            parameter.data.copy_(weight)
        keeper.update_parameters(model)
    return list(keeper.module)


@named
def placed(source, shape, slices, value):
    """`source` set into a tensor that is `value` elsewhere."""
    target = torch.full(shape, value, dtype=source.dtype)
    target[slices] = source
    return target


def decode(spec, dtype):
    raw = bytearray(base64.b64decode(spec["data"]))
    stored = torch.float32 if spec["kind"] == "float32" else torch.int32
    flat = torch.frombuffer(raw, dtype=stored) if raw else torch.empty(0, dtype=stored)
    target = {"float32": dtype, "int32": torch.int32, "index": torch.int64, "bool": torch.bool}[spec["kind"]]
    tensor = flat.to(target).reshape(spec["shape"]).clone()
    return tensor.requires_grad_(bool(spec["grad"]))


def seen(tensor, view):
    if view is None:
        return tensor
    # Tensors are dense in tapegrad; where PyTorch fails over strides of its own, nothing is learned.
    there = tensor.permute(view["permute"]) if "permute" in view else tensor.flip(view["flip"])
    return there.clone(memory_format=torch.contiguous_format)


def encode(value):
    if not isinstance(value, torch.Tensor):
        value = torch.tensor(value, dtype=torch.float64)
    kind = "float" if value.is_floating_point() else "bool" if value.dtype == torch.bool else "int"
    flat = array("d", value.detach().to(torch.float64).reshape(-1).tolist())
    return {"shape": list(value.shape), "kind": kind, "data": base64.b64encode(flat.tobytes()).decode()}


def flatten(result):
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in flatten(part)]
    return [result]


def weights_like(tensor, offset):
    """Weights without a pattern, never 0, exact in float32; `weightsLike` makes the same."""
    i = torch.arange(tensor.numel())
    values = ((i * 7919 + i * i % 97 * 31 + offset * 613) % 1009 - 504.5) / 256
    return values.to(tensor.dtype).reshape(tensor.shape)


def gradients(roots, wanted, weights, again):
    found = torch.autograd.grad(roots, wanted, weights, create_graph=again, allow_unused=True)
    return [torch.zeros_like(w) if g is None else g for g, w in zip(found, wanted)]


def run_call(case, dtype, answer):
    leaves = [decode(spec, dtype) for spec in case["inputs"]]
    inputs = [seen(leaf, spec["view"]) for leaf, spec in zip(leaves, case["inputs"])]
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    env = dict(NAMES, x=inputs)
    layer = case["layer"]
    if layer is None:
        last = flatten(eval(case["code"], env))
        answer["outputs"] = [encode(value) for value in last]
    else:
        module = env["m"] = eval(layer["code"], env).to(dtype)
        if layer["state"] is not None:
            module.load_state_dict({key: decode(spec, dtype) for key, spec in layer["state"].items()})
        for name, parameter in module.named_parameters():
            parameter.requires_grad_(name not in layer["frozen"])
        wanted += [parameter for parameter in module.parameters() if parameter.requires_grad]
        answer["outputs"] = []
        for call in layer["calls"]:
            module.train(call["train"])
            env["x"] = [inputs[i] for i in call["inputs"]]
            last = flatten(eval(case["code"], env))
            answer["outputs"] += [encode(value) for value in last]
        answer["state"] = [encode(value) for value in module.state_dict().values()]
    roots = [value for value in last if isinstance(value, torch.Tensor) and value.requires_grad]
    if case["orders"] == 0 or not roots or not wanted:
        return
    answer["stage"] = "gradients"
    weights = [weights_like(root, i).requires_grad_() for i, root in enumerate(roots)]
    first = gradients(roots, wanted, weights, case["orders"] > 1)
    answer["gradients"] = [encode(gradient) for gradient in first]
    if case["orders"] == 1:
        return
    answer["stage"] = "second"
    again = [(gradient, i) for i, gradient in enumerate(first) if gradient.requires_grad]
    sources = wanted + weights
    if again:
        factors = [weights_like(gradient, i + 5) for gradient, i in again]
        second = gradients([gradient for gradient, _ in again], sources, factors, False)
    else:
        second = [torch.zeros_like(source) for source in sources]
    answer["second"] = [encode(gradient) for gradient in second]


CLOSURES = {
    "quadratic": lambda p: sum((torch.arange(1, q.numel() + 1).to(q.dtype) * (q.reshape(-1) - 0.5) ** 2).sum() for q in p),
    "rosenbrock": lambda p: sum(
        (100 * (q.reshape(-1)[1:] - q.reshape(-1)[:-1] ** 2) ** 2 + (1 - q.reshape(-1)[:-1]) ** 2).sum() for q in p
    ),
}


def nudge(parameter, seed):
    """Moves each value by up to three units in the last place."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(3):
        towards = torch.randint(-1, 2, parameter.shape, generator=generator)
        there = torch.where(towards == 0, parameter, towards * torch.inf)
        parameter = torch.nextafter(parameter, there)
    return parameter


def run_optimizer(case, dtype, answer, nudged=None):
    parameters = [decode(spec, dtype) for spec in case["parameters"]]
    if nudged is not None:
        parameters = [nudge(parameter.detach(), nudged) for parameter in parameters]
    parameters = [nn.Parameter(parameter) for parameter in parameters]
    optimizer = eval(case["code"], dict(NAMES, p=parameters))
    answer["outputs"] = []
    for step in case["gradients"]:
        for parameter, gradient in zip(parameters, step):
            parameter.grad = None if gradient is None else decode(gradient, dtype)
        if case["closure"] is None:
            optimizer.step()
        else:

            def closure():
                optimizer.zero_grad()
                loss = CLOSURES[case["closure"]](parameters)
                loss.backward()
                return loss

            answer["outputs"].append(encode(optimizer.step(closure)))
        answer["outputs"] += [encode(parameter) for parameter in parameters]


def run_schedule(case, dtype, answer):
    groups = [{"params": [nn.Parameter(torch.zeros(1))], **group} for group in case["groups"]]
    optimizer = {"SGD": torch.optim.SGD, "Adam": torch.optim.Adam}[case["optimizer"]](groups, lr=0.1)
    schedule = eval(case["code"], dict(NAMES, o=optimizer))
    rows = []

    def look():
        for group in optimizer.param_groups:
            rows.append(group["lr"])
            rows.append(group["momentum"] if "momentum" in group else group["betas"][0])

    look()
    for epoch in range(case["epochs"]):
        optimizer.step()
        schedule.step() if case["metrics"] is None else schedule.step(float(case["metrics"][epoch]))
        look()
    answer["outputs"] = [encode(torch.tensor(rows, dtype=torch.float64))]


RUNS = {"call": run_call, "optimizer": run_optimizer, "schedule": run_schedule}


def run(case, dtype, **options):
    torch.set_default_dtype(dtype)
    answer = {"stage": "forward"}
    try:
        RUNS[case["type"]](case, dtype, answer, **options)
        answer["stage"] = None
    except Exception as error:  # Whatever PyTorch refuses with is its answer.
        answer["error"] = f"{type(error).__name__}: {error}".split("\n")[0]
    return answer


for line in sys.stdin:
    case = json.loads(line)
    torch.manual_seed(0)
    answers = [run(case, torch.float64), run(case, torch.float32)]
    # A line search may end elsewhere after the slightest change: how far apart is PyTorch's answer, too.
    nudged = [run(case, torch.float32, nudged=i) for i in range(32)] if case.get("closure") else []
    print(json.dumps({"double": answers[0], "single": answers[1], "nudged": nudged}), flush=True)
