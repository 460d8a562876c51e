#!/usr/bin/env python3
"""The plain methods of recraft beside scikit-learn's and aeon's, on the same rows: mean error over seeds.

    pip install numpy scikit-learn aeon
    tools/parity/plain.py --recraft build/release/src/recraft DATA/wdbc DATA/emg ...

Each folder holds x_train.npy, y_train.npy, x_test.npy and y_test.npy with classes.
"""
import argparse
import json
import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegressionCV, RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

warnings.filterwarnings("ignore")
PARTS = ("x_train", "y_train", "x_test", "y_test")


def rivals(seed, sequences):
    made = {
        "ridge": RidgeClassifierCV(10.0 ** np.arange(-3, 6.5, 0.5)),
        "logistic": LogisticRegressionCV(Cs=10.0 ** np.arange(-3, 2.5, 0.5), cv=5, scoring="neg_log_loss",
                                         max_iter=1000),
        "svm": SVC(C=10),
        "forest": ExtraTreesClassifier(300, random_state=seed),
    }
    made = {name: make_pipeline(StandardScaler(), model) for name, model in made.items()}
    if sequences:
        from aeon.classification.convolution_based import MiniRocketClassifier
        made["kernels"] = MiniRocketClassifier(random_state=seed, n_jobs=1)
    return made


def load(folder):
    part = {name: np.load(folder / f"{name}.npy") for name in PARTS}
    if part["x_train"].dtype.kind in "iu" and part["x_train"].ndim == 2:
        letters = int(max(part["x_train"].max(), part["x_test"].max())) + 1
        for name in ("x_train", "x_test"):
            part[name] = np.eye(letters)[part[name].astype(int)].transpose(0, 2, 1)
    for name in ("x_train", "x_test"):
        part[name] = np.ascontiguousarray(part[name], "f4")
    return part


def draw(part, rows, most, seed):
    rng = np.random.default_rng(seed)
    train, test = rng.permutation(len(part["y_train"]))[:rows], rng.permutation(len(part["y_test"]))[:most]
    return {name: part[name][train if name.endswith("train") else test] for name in PARTS}


def ours(program, folder, method, seed):
    command = [program, "fit", "--data", folder, "--method", method, "--seed", str(seed), "--out",
               f"{folder}/{method}", "--set", "data.valid_fraction=0", "--json", "--quiet"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["test"]


def theirs(model, s, flat):
    x, t = s["x_train"], s["x_test"]
    if flat:
        x, t = x.reshape(len(x), -1), t.reshape(len(t), -1)
    return np.mean(model.fit(x, s["y_train"]).predict(t) != s["y_test"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--recraft", required=True)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--test", type=int, default=1000, help="most rows to score")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--methods", default="ridge,logistic,svm,forest,kernels")
    a = parser.parse_args()
    for folder in a.folders:
        part, errors = load(folder), {}
        for seed in range(a.seeds):
            s = draw(part, a.rows, a.test, seed)
            with tempfile.TemporaryDirectory() as place:
                for name in PARTS:
                    np.save(f"{place}/{name}.npy", s[name])
                for method, model in rivals(seed, s["x_train"].ndim == 3).items():
                    if method not in a.methods.split(","):
                        continue
                    pair = ours(a.recraft, place, method, seed), theirs(model, s, method != "kernels")
                    errors.setdefault(method, []).append(pair)
        cells = (f"{np.mean(errors[m], 0)[0]:.3f} / {np.mean(errors[m], 0)[1]:.3f}" if m in errors else "-"
                 for m in ("ridge", "logistic", "svm", "forest", "kernels"))
        print(f"| {folder.name} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
