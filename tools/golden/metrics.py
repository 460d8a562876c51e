#!/usr/bin/env python3
"""Scores by scikit-learn, and losses with their gradients by PyTorch, on small random and awkward cases.

    python3 tools/golden/metrics.py tests/data/metrics
"""
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from sklearn import metrics as sk

warnings.filterwarnings("ignore")
out = Path(sys.argv[1])
rng = np.random.default_rng(11)


def numbers(a):
    return [float(f"{v:.9g}") for v in np.asarray(a, dtype=np.float32).ravel()]


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return (e / e.sum(1, keepdims=True)).astype(np.float32)


def class_case(name, p, label):
    k = p.shape[1]
    said = p.argmax(1)
    want = {"error": 1 - sk.accuracy_score(label, said), "1-f1": 1 - sk.f1_score(label, said, average="macro")}
    if k > 5:
        want["top5_error"] = 1 - sk.top_k_accuracy_score(label, p, k=5, labels=np.arange(k))
    if k == 2:
        want["1-auroc"] = 1 - sk.roc_auc_score(label, p[:, 1])
    elif len(set(label)) == k:
        q = p.astype(np.float64) / p.astype(np.float64).sum(1, keepdims=True)
        want["1-auroc"] = 1 - sk.roc_auc_score(label, q, multi_class="ovo")
        want["1-auroc-ovr"] = 1 - sk.roc_auc_score(label, q, multi_class="ovr")
    if k == 4:
        want["1-ecg"] = 1 - sk.f1_score(label, said, average=None)[:3].mean()
    return dict(name=name, kind="classes", n=len(label), width=k, output=numbers(p), label=[int(v) for v in label],
                want=want)


def label_case(name, s, y):
    seen = [k for k in range(y.shape[1]) if 0 < y[:, k].sum() < len(y)]
    some = [k for k in range(y.shape[1]) if y[:, k].sum() > 0]
    want = {"label_error": float(((s > 0) != (y > 0.5)).mean()),
            "1-auroc": 1 - np.mean([sk.roc_auc_score(y[:, k], s[:, k]) for k in seen]),
            "1-map": 1 - np.mean([sk.average_precision_score(y[:, k], s[:, k]) for k in some])}
    return dict(name=name, kind="labels", n=len(y), width=y.shape[1], output=numbers(s), target=numbers(y), want=want)


def number_case(name, p, y):
    want = {"rmse": sk.mean_squared_error(y, p) ** 0.5, "mae": sk.mean_absolute_error(y, p),
            "1-r2": 1 - sk.r2_score(y, p)}
    norm = np.linalg.norm(y.astype(np.float64), axis=1)
    if norm.min() > 0:
        want["nrmse"] = np.mean(np.linalg.norm(p.astype(np.float64) - y, axis=1) / norm)
    return dict(name=name, kind="numbers", n=len(y), width=y.shape[1], output=numbers(p), target=numbers(y), want=want)


def field_case(name, s, y):
    said, truth = (s > 0).ravel(), y.ravel() > 0.5
    want = {"1-auroc": 1 - sk.roc_auc_score(truth, s.ravel()),
            "balanced_error": 1 - sk.balanced_accuracy_score(truth, said),
            "fnr": 1 - sk.recall_score(truth, said), "mae": sk.mean_absolute_error(y.ravel(), s.ravel())}
    return dict(name=name, kind="fields", n=len(y), width=y[0].size, output=numbers(s), target=numbers(y), want=want)


def normal(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def scores():
    quarter = lambda a: (np.round(a * 4) / 4).astype(np.float32)  # many ties
    label = rng.integers(0, 7, 60)
    yield class_case("seven classes", softmax(normal(60, 7) + 1.5 * np.eye(7)[label]), label)
    label = rng.integers(0, 4, 40)
    yield class_case("four classes", softmax(normal(40, 4) + np.eye(4)[label]), label)
    label = rng.integers(0, 2, 30)
    p = softmax(normal(30, 2) + np.eye(2)[label])
    yield class_case("two classes", p, label)
    p = quarter(rng.random((30, 1)))
    yield class_case("two classes, ties", np.concatenate([1 - p, p], 1).astype(np.float32), label)
    yield class_case("two classes, constant", np.full((30, 2), 0.5, np.float32), label)
    label = rng.integers(0, 2, 24) * 2  # class 1 of three never occurs, but may be predicted
    yield class_case("an absent class", softmax(normal(24, 3) + np.eye(3)[label]), label)
    y = (rng.random((50, 6)) < 0.3).astype(np.float32)
    yield label_case("six labels", normal(50, 6) + y, y)
    yield label_case("six labels, ties", quarter(normal(50, 6) + y), y)
    yield label_case("six labels, constant", np.zeros((50, 6), np.float32), y)
    y[:, 1] = 0
    y[:, 4] = 1
    yield label_case("labels without one, without zero", normal(50, 6) + y, y)
    y = normal(25, 3) + 2
    yield number_case("three numbers", y + 0.3 * normal(25, 3), y)
    yield number_case("constant prediction", np.full((25, 3), 2, np.float32), y)
    y[:, 1] = 1.5
    yield number_case("a constant target", y + 0.3 * normal(25, 3), y)
    yield number_case("a constant target, met", y.copy(), y)
    y = (rng.random((4, 6, 6)) < 0.2).astype(np.float32)
    yield field_case("mask", normal(4, 6, 6) + y, y)
    yield field_case("mask, constant", np.full((4, 6, 6), -1, np.float32), y)


def loss_case(name, x, call, **attributes):
    x = torch.tensor(x, requires_grad=True)
    loss = call(x)
    weight = torch.linspace(0.5, 1.5, len(loss))
    (loss * weight).sum().backward()
    return dict(name=name, rows=x.shape[0], cols=x.shape[1], x=numbers(x.detach()), loss=numbers(loss.detach()),
                weight=numbers(weight), grad=numbers(x.grad), **attributes)


def losses():
    label = torch.tensor([0, 2, 4, 1, 4, 3])
    x = normal(6, 5)
    w = torch.tensor([0.5, 2.0, 1.0, 3.0, 0.25])
    for smoothing in (0.0, 0.1):
        for weight in (None, w):
            yield loss_case("cross_entropy", x, lambda v: F.cross_entropy(v, label, weight=weight, reduction="none",
                            label_smoothing=smoothing), label=label.tolist(), smoothing=smoothing,
                            class_weight=[] if weight is None else numbers(weight))
    for gamma in (0.0, 0.5, 2.0):
        def focal(v):
            logp = F.log_softmax(v, 1)[torch.arange(6), label]
            return (1 - logp.exp()) ** gamma * -logp
        yield loss_case("focal", x, focal, label=label.tolist(), gamma=gamma)
    y = torch.tensor((rng.random((4, 6)) < 0.4).astype(np.float32))
    x = normal(4, 6) * 3
    for pos in (1.0, 10.0):
        yield loss_case("bce", x, lambda v: F.binary_cross_entropy_with_logits(v, y, reduction="none",
                        pos_weight=torch.tensor(pos)).mean(1), target=numbers(y), pos_weight=pos)
    y = torch.tensor(normal(4, 6))
    yield loss_case("mse", x, lambda v: F.mse_loss(v, y, reduction="none").mean(1), target=numbers(y))
    yield loss_case("rmse", x, lambda v: F.mse_loss(v, y, reduction="none").mean(1).sqrt(), target=numbers(y))
    for p in (1.0, 1.5, 2.0, 3.0):
        yield loss_case("relative_lp", x, lambda v: torch.linalg.vector_norm(v - y, ord=p, dim=1)
                        / torch.linalg.vector_norm(y, ord=p, dim=1), target=numbers(y), p=p)
    for s in (1.0, 4.0):
        yield loss_case("softened_kl", x, lambda v: s * s * F.kl_div(F.log_softmax(v / s, 1), F.softmax(y / s, 1),
                        reduction="none").sum(1), target=numbers(y), temperature=s)


(out / "scores.json").write_text(json.dumps(dict(cases=list(scores()), versions=[np.__version__,
    __import__("sklearn").__version__])) + "\n")
(out / "losses.json").write_text(json.dumps(dict(cases=list(losses()), versions=[torch.__version__])) + "\n")
