"""PyTorch's side of the benchmark, on one thread. Reads requests as lines of JSON, answers each with a line of JSON."""
import base64
import json
import math
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_grad_enabled(False)

half = {dtype: torch.tensor(0.5, dtype=dtype) for dtype in (torch.float32, torch.float64)}


def enter(request):
    dtype = getattr(torch, request["dtype"])
    scope = {"math": math, "torch": torch, "F": F, "half": half[dtype]}
    for tensor in request["inputs"]:
        values = torch.frombuffer(bytearray(base64.b64decode(tensor["values"])), dtype=dtype)
        scope[tensor["name"]] = values.reshape(tensor["shape"])
    # A loop of its own, compiled once: names are looked up in `scope`, as in a user's module.
    exec(f"def loop(calls):\n  for _ in range(calls): {request['expression']}\n", scope)
    scope["result"] = lambda: eval(request["expression"], scope)
    return scope


print(json.dumps({"version": torch.__version__}), flush=True)
entered = {}
for line in sys.stdin:
    request = json.loads(line)
    if "expression" in request:
        entered = enter(request)
        answer = {}
    elif "calls" in request:
        start = time.perf_counter()
        entered["loop"](request["calls"])
        answer = {"milliseconds": (time.perf_counter() - start) * 1e3}
    else:
        values = entered["result"]().to(torch.float64).contiguous().flatten()
        answer = {"values": base64.b64encode(bytes(values.numpy().tobytes())).decode()}
    print(json.dumps(answer), flush=True)
