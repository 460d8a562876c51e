"""What Python costs: the same fit and the same predictions by the program and by the package, in seconds of the
processor; and how much of the package's is spent outside the library.

    PYTHONPATH=python python3 bench/python_overhead.py [ROUNDS]
"""

import os
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

import recraft
from recraft._context import Context
from recraft._program import program as find_program

SAMPLES, EPOCHS = 320, 1
in_library = 0.0


def watch_library():
    """Adds up the time of all calls of the library."""
    work = Context._work

    def watched(self, function):
        def timed():
            global in_library
            before = time.process_time()
            try:
                return function()
            finally:
                in_library += time.process_time() - before

        return work(self, timed)

    Context._work = watched


def seconds_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def by_program(folder, run):
    before = seconds_of_children()
    program = find_program()
    fit = f"fit --data {folder} --out {run} --method nft --source swin-mini --set fit.epochs={EPOCHS} --quiet"
    fit += " --set fit.opponents=no"
    subprocess.run([program, *fit.split()], check=True, stdout=subprocess.DEVNULL)
    answer = os.path.join(run, "answer.npy")
    predict = f"predict --run {run} --input {folder}/x_train.npy --output {answer} --quiet"
    subprocess.run([program, *predict.split()], check=True, stdout=subprocess.DEVNULL)
    return seconds_of_children() - before, np.load(answer)


def by_package(x, y):
    global in_library
    in_library, before = 0.0, time.process_time()
    settings = {"fit.epochs": EPOCHS, "fit.opponents": "no"}
    model = recraft.Model.fit(x, y, method="nft", source="swin-mini", settings=settings)
    found = model.predict_proba(x)
    return time.process_time() - before, found


def main():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(SAMPLES, 3, 32, 32)).astype("float32")
    y = np.arange(SAMPLES) % 4
    program, package, outside = [], [], []
    watch_library()
    with tempfile.TemporaryDirectory() as folder:
        np.save(os.path.join(folder, "x_train.npy"), x)
        np.save(os.path.join(folder, "y_train.npy"), y)
        for i in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
            took, expected = by_program(folder, os.path.join(folder, f"run-{i}"))
            program.append(took)
            took, found = by_package(x, y)
            package.append(took)
            outside.append(took - in_library)
            assert np.array_equal(expected, found), "not the same bits"
    print(f"program {np.median(program):.2f} s, package {np.median(package):.2f} s of the processor, the same bits")
    print(f"outside the library {np.median(outside) * 1000:.1f} ms, {np.median(outside) / np.median(package):.2%}")


if __name__ == "__main__":
    main()
