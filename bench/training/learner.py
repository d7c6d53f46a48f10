"""PyTorch as a contender, on one thread. Reads requests as lines of JSON, a problem and then numbers of epochs, answers each with a line of JSON."""
import base64
import json
import sys
import time

import torch

torch.set_num_threads(1)


def tensor(text, dtype):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=dtype)


def learner(problem):
    sizes, start = problem["sizes"], 0
    parameters = tensor(problem["parameters"], torch.float32)
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layer = torch.nn.Linear(inputs, outputs)
        with torch.no_grad():
            for parameter in layer.weight, layer.bias:
                parameter.copy_(parameters[start : start + parameter.numel()].reshape(parameter.shape))
                start += parameter.numel()
        layers += [layer, torch.nn.Tanh()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=problem["learningRate"], momentum=problem["momentum"])
    loss_function = torch.nn.CrossEntropyLoss()
    features = tensor(problem["features"], torch.float32).reshape(-1, sizes[0])
    labels = tensor(problem["labels"], torch.int32).long()
    batches = [(features[i : i + problem["batch"]], labels[i : i + problem["batch"]]) for i in problem["starts"]]

    def epoch():
        losses = []
        for x, targets in batches:
            optimizer.zero_grad()
            loss = loss_function(model(x), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        return torch.stack(losses).mean().item()

    return epoch


for line in sys.stdin:
    request = json.loads(line)
    if "problem" in request:
        epoch = learner(request["problem"])
        answer = {"version": torch.__version__}
    else:
        start = time.perf_counter()
        losses = [epoch() for _ in range(request["epochs"])]
        answer = {"milliseconds": (time.perf_counter() - start) * 1e3, "losses": losses}
    print(json.dumps(answer), flush=True)
