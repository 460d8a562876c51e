"""What Python costs: the same fit and the same predictions by the program and by the package, in seconds of the
processor. Start-up is in both, but for importing NumPy and scikit-learn.

    PYTHONPATH=python python3 bench/python_overhead.py [ROUNDS]
"""

import os
import resource
import subprocess
import sys
import tempfile

import numpy as np

import recraft
from recraft._compare import _program

SAMPLES, EPOCHS = 320, 3


def seconds(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def by_program(folder, run):
    before = seconds(resource.RUSAGE_CHILDREN)
    program = _program(None)
    fit = f"fit --data {folder} --out {run} --method nft --source swin-mini --set fit.epochs={EPOCHS} --quiet"
    fit += " --set fit.opponents=no"
    subprocess.run([program, *fit.split()], check=True, stdout=subprocess.DEVNULL)
    answer = os.path.join(run, "answer.npy")
    predict = f"predict --run {run} --input {folder}/x_train.npy --output {answer} --quiet"
    subprocess.run([program, *predict.split()], check=True, stdout=subprocess.DEVNULL)
    return seconds(resource.RUSAGE_CHILDREN) - before, np.load(answer)


def by_package(x, y):
    before = seconds(resource.RUSAGE_SELF)
    settings = {"fit.epochs": EPOCHS, "fit.opponents": "no"}
    model = recraft.Model.fit(x, y, method="nft", source="swin-mini", settings=settings)
    found = model.predict_proba(x)
    return seconds(resource.RUSAGE_SELF) - before, found


def main():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(SAMPLES, 3, 32, 32)).astype("float32")
    y = np.arange(SAMPLES) % 4
    program, package = [], []
    with tempfile.TemporaryDirectory() as folder:
        np.save(os.path.join(folder, "x_train.npy"), x)
        np.save(os.path.join(folder, "y_train.npy"), y)
        for i in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
            took, expected = by_program(folder, os.path.join(folder, f"run-{i}"))
            program.append(took)
            took, found = by_package(x, y)
            package.append(took)
            assert np.array_equal(expected, found), "not the same bits"
    print(f"program {np.median(program):.2f} s, package {np.median(package):.2f} s of the processor, the same bits")
    print(f"overhead {np.median(package) / np.median(program) - 1:+.1%}")


if __name__ == "__main__":
    main()
