#!/usr/bin/env python3
"""Linear predictors of other targets: grades and quantiles by statsmodels, counts and classes of points by
scikit-learn, survival by scikit-survival.

    python3 tools/golden/plain_targets.py tests/data/plain      # scikit-survival, statsmodels, safetensors
"""
import hashlib
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import sklearn
import sksurv
import statsmodels
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sksurv.linear_model import CoxPHSurvivalAnalysis
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.regression.quantile_regression import QuantReg

N, M, COLUMNS, CLASSES, STRENGTH, QUANTILES = 90, 20, 4, 4, 2.0, (0.1, 0.5, 0.9)
LENGTH, STATES, REACH, SIGNALS = 16, 3, 7, 12
out = Path(sys.argv[1])
rng = np.random.default_rng(6)
warnings.simplefilter("ignore")  # QuantReg stops where its steps no longer change anything

x = (rng.normal(size=(N + M, COLUMNS)) * [1, 20, 0.1, 3] + [0, 100, 5, -2]).astype("f4")
z = x.astype("f8")
z = (z - z[:N].mean(0)) / z[:N].std(0)
learn, asked, lean = z[:N], z[N:], z[:N, 0] - 0.7 * z[:N, 1]

grade = np.digitize(lean + rng.logistic(size=N), [-1.5, 0, 1.5]).astype("i4")
grades = OrderedModel(grade, learn, distr="logit").fit(method="bfgs", disp=False, gtol=1e-8, maxiter=2000)
count = rng.poisson(np.exp(1 + 0.5 * lean)).astype("f4")
counts = PoissonRegressor(alpha=STRENGTH / N, tol=1e-10, max_iter=10000).fit(learn, count)
price = (10 + 5 * lean + 3 * np.exp(0.3 * z[:N, 2]) * rng.normal(size=N)).astype("f4")
with_one = lambda a: np.column_stack([np.ones(len(a)), a])
fits = [QuantReg(price.astype("f8"), with_one(learn)).fit(q=q, max_iter=20000, p_tol=1e-12) for q in QUANTILES]
time = np.ceil(rng.exponential(20 * np.exp(-lean)))  # whole days: some are equal
event = rng.random(N) < 0.7
survival = np.array(list(zip(event, time)), dtype=[("event", bool), ("time", float)])
risks = CoxPHSurvivalAnalysis(alpha=STRENGTH, tol=1e-12).fit(learn, survival)

signal = rng.normal(size=(SIGNALS, LENGTH)).astype("f4")
state = np.digitize(np.convolve(signal.ravel(), [0.5, 1, 0.5], "same").reshape(signal.shape), [-0.7, 0.7]).astype("f4")
state[0, :3] = -1  # not known
near = np.clip(np.arange(LENGTH)[:, None] + np.arange(-REACH, REACH + 1), 0, LENGTH - 1)
around = (signal.astype("f8") - signal.astype("f8").mean())[:, near].reshape(-1, 2 * REACH + 1)
known = state.ravel() >= 0
around /= np.sqrt((around[known] ** 2).mean(0))
points = LogisticRegression(C=1 / STRENGTH, tol=1e-10, max_iter=10000).fit(around[known], state.ravel()[known])
said = points.predict_proba(around).reshape(SIGNALS, LENGTH, STATES).transpose(0, 2, 1)

tensors = {
    "x": x[:N], "x_test": x[N:], "grade": grade, "count": count, "price": price,
    "survival": np.column_stack([time, event]).astype("f4"), "signal": signal, "state": state,
    "grades": grades.predict(asked), "counts": counts.predict(asked),
    "quantiles": np.column_stack([f.predict(with_one(asked)) for f in fits]),
    "risks": risks.predict(asked), "points": said,
}
save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, out / "targets.safetensors")
digest = hashlib.sha256((out / "targets.safetensors").read_bytes()).hexdigest()
versions = {m.__name__: m.__version__ for m in (np, sklearn, sksurv, statsmodels)}
(out / "targets.json").write_text(
    json.dumps(dict(seed=6, strength=STRENGTH, quantiles=QUANTILES, versions=versions, sha256=digest), indent=1) + "\n")
