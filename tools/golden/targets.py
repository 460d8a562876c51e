#!/usr/bin/env python3
"""Counts, quantiles, risks, classes in order and of points: scores by scikit-learn and scikit-survival, losses by
statsmodels and scikit-learn.

    python3 tools/golden/targets.py tests/data/metrics
"""
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import metrics as sk
from sksurv.metrics import concordance_index_censored
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.genmod.families import Poisson
from statsmodels.miscmodels.ordinal_model import OrderedModel

warnings.filterwarnings("ignore")
out = Path(sys.argv[1])
rng = np.random.default_rng(23)


def numbers(a):
    return [float(f"{v:.9g}") for v in np.asarray(a, dtype=np.float32).ravel()]


def normal(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def count_case(name, n, width):
    rate, y = np.exp(normal(n, width)), rng.poisson(1.5, (n, width)).astype(np.float32)
    want = {"poisson_deviance": sk.mean_poisson_deviance(y.ravel(), rate.ravel()),
            "mae": sk.mean_absolute_error(y, rate)}
    return dict(name=name, kind="counts", n=n, width=width, output=numbers(rate), target=numbers(y), want=want)


def quantile_case(name, n, width, quantile):
    y = normal(n, width)
    said = np.sort(normal(n, len(quantile), width), axis=1)
    want = {"pinball": np.mean([sk.mean_pinball_loss(y, said[:, i], alpha=q) for i, q in enumerate(quantile)]),
            "coverage_error": np.mean([abs((y <= said[:, i]).mean() - q) for i, q in enumerate(quantile)]),
            "interval_width": (said[:, -1] - said[:, 0]).mean()}
    inside = ((y >= said[:, 0]) & (y <= said[:, -1])).mean()
    return dict(name=name, kind="quantiles", n=n, width=width * len(quantile), target_width=width, quantile=quantile,
                output=numbers(said), target=numbers(y), coverage=float(inside), want=want)


def survival(n, step):
    time = np.round(rng.exponential(5, n) / step) * step + step
    return np.stack([time, rng.random(n) < 0.6], axis=1).astype(np.float32)


def survival_case(name, n, step):
    y, risk = survival(n, step), np.round(normal(n), 1)
    c = concordance_index_censored(y[:, 1] > 0, y[:, 0], risk)[0]
    return dict(name=name, kind="survival", n=n, width=1, target_width=2, output=numbers(risk), target=numbers(y),
                want={"1-concordance": 1 - c})


def order_case(name, n, width):
    p = rng.dirichlet(np.ones(width), n).astype(np.float32)
    label = rng.integers(0, width, n)
    said = p.argmax(1)
    want = {"class_mae": sk.mean_absolute_error(label, said),
            "1-kappa": 1 - sk.cohen_kappa_score(label, said, weights="quadratic", labels=np.arange(width)),
            "error": 1 - sk.accuracy_score(label, said)}
    return dict(name=name, kind="ordered", n=n, width=width, output=numbers(p), label=[int(v) for v in label],
                want=want)


def point_case(name, n, classes, points):
    p = rng.dirichlet(np.ones(classes), (n, points)).transpose(0, 2, 1).astype(np.float32)
    label = rng.integers(-1, classes, (n, points))
    said, known = p.argmax(1), label >= 0
    a, b = label[known], said[known]
    want = {"error": 1 - sk.accuracy_score(a, b), "1-f1": 1 - sk.f1_score(a, b, average="macro"),
            "1-iou": 1 - sk.jaccard_score(a, b, average="macro")}
    return dict(name=name, kind="points", n=n, width=classes * points, target_width=points, output=numbers(p),
                target=numbers(label), want=want)


def cox_loss(n, step):
    """-log of the partial likelihood by Breslow, over the events; statsmodels has it at given coefficients."""
    y, x = survival(n, step), normal(n, 1)
    model = PHReg(y[:, 0], x, status=y[:, 1], ties="breslow")
    loss = -model.loglike(np.array([0.7])) / y[:, 1].sum()
    slope = -model.score(np.array([0.7]))[0] / y[:, 1].sum()
    return dict(n=n, x=numbers(x), y=numbers(y), beta=0.7, loss=float(loss), slope=float(slope))


def ordered_loss(n, width):
    """-log likelihood of proportional odds at given thresholds."""
    x, label = normal(n, 1), np.concatenate([np.arange(width), rng.integers(0, width, n - width)])
    model = OrderedModel(pd.Series(pd.Categorical(label, ordered=True)), pd.DataFrame(x), distr="logit")
    thresholds = np.cumsum(np.concatenate([[-1.0], np.exp(normal(width - 2))]))
    # its parameters: coefficients, the first threshold, logarithms of the steps
    params = np.concatenate([[0.7], [thresholds[0]], np.log(np.diff(thresholds))])
    loss = -model.loglikeobs(params)
    return dict(n=n, width=width, x=numbers(x), label=[int(v) for v in label], beta=0.7,
                thresholds=numbers(np.concatenate([[thresholds[0]], np.log(np.diff(thresholds))])),
                loss=[float(v) for v in loss])


def poisson_loss(n, width):
    """Without log(y!), which statsmodels counts."""
    from scipy.special import gammaln
    x, y = normal(n, width), rng.poisson(2.0, (n, width)).astype(np.float32)
    loss = -Poisson().loglike_obs(y, np.exp(x.astype(np.float64))) - gammaln(y + 1)
    return dict(n=n, width=width, x=numbers(x), y=numbers(y), loss=[float(v) for v in loss.mean(1)])


def pinball_loss(n, width, quantile):
    """The mean over quantiles and numbers of each sample."""
    y, said = normal(n, width), normal(n, len(quantile), width)
    loss = [[sk.mean_pinball_loss(y[i], said[i, k], alpha=q) for k, q in enumerate(quantile)] for i in range(n)]
    return dict(width=width, quantile=quantile, output=numbers(said), target=numbers(y), loss=np.mean(loss, 1).tolist())


def points_loss(n, classes, points):
    """The mean over the known points of a sample; with weights of classes, that over all known points of the batch."""
    x, label = normal(n, classes, points), rng.integers(-1, classes, (n, points))
    label[:, 0] = np.maximum(label[:, 0], 0)
    p = np.exp(x.astype(np.float64)).transpose(0, 2, 1)
    p /= p.sum(2, keepdims=True)
    weight, known = np.linspace(1, 2, classes), label >= 0
    loss = [sk.log_loss(label[i][known[i]], p[i][known[i]], labels=range(classes)) for i in range(n)]
    weighted = sk.log_loss(label[known], p[known], labels=range(classes), sample_weight=weight[label[known]])
    return dict(output=numbers(x), target=numbers(label), weight=numbers(weight), loss=[float(v) for v in loss],
                weighted=float(weighted))


scores = [count_case("counts", 40, 1), count_case("several counts", 12, 3),
          quantile_case("an interval", 50, 1, [0.05, 0.5, 0.95]), quantile_case("two numbers", 20, 2, [0.1, 0.9]),
          quantile_case("the median", 15, 1, [0.5]),
          survival_case("times apart", 30, 1e-4), survival_case("equal times", 40, 2.0),
          order_case("five grades", 60, 5), order_case("two grades", 20, 2)]
losses = dict(cox=[cox_loss(20, 1e-4), cox_loss(25, 2.0)], ordered=[ordered_loss(24, 5), ordered_loss(10, 3)],
              poisson=[poisson_loss(6, 1), poisson_loss(4, 3)])
scores.append(point_case("classes of points", 5, 3, 12))
losses.update(pinball=[pinball_loss(4, 2, [0.1, 0.5, 0.8])], points=[points_loss(3, 3, 8)])
with open(out / "targets.json", "w") as f:
    json.dump(dict(scores=scores, losses=losses), f, separators=(",", ":"), default=float)
    f.write("\n")
