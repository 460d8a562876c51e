"""Laws of the distances, and what is special about calling C: types, strides, failures, warnings, Ctrl-C."""

import os
import signal
import threading
import time

import numpy as np
import pytest

import recraft

rng = np.random.default_rng(0)
A = rng.normal(size=(30, 3))
B = rng.normal(size=(40, 3)) + 1.0


@pytest.mark.parametrize("name", [kind.name for kind in recraft.distances() if not kind.labels])
def test_is_symmetric_and_zero_to_itself(name):
    there, back = recraft.distance(A, B, name), recraft.distance(B, A, name)
    assert float(there) > 0
    assert there.value == pytest.approx(back.value, rel=0.2 if name == "sliced" else 1e-4)
    assert float(recraft.distance(A, A, name)) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("name", ["sinkhorn", "w2", "gaussian", "mmd", "energy"])
def test_gradient_is_the_slope(name):
    slope = recraft.distance(A, B, name, gradient=True).gradient
    step = 1e-2
    there, back = A.copy(), A.copy()
    there[3, 1] += step
    back[3, 1] -= step
    difference = (float(recraft.distance(there, B, name)) - float(recraft.distance(back, B, name))) / (2 * step)
    assert slope.shape == A.shape
    assert slope[3, 1] == pytest.approx(difference, rel=0.05, abs=1e-4)


def test_plan_moves_the_mass_of_one_set_to_the_other():
    weights = rng.random(30)
    plan = recraft.distance(A, B, "w2", plan=True, weights_a=weights).plan
    assert plan.shape == (30, 40)
    assert plan.sum(axis=1) == pytest.approx(weights / weights.sum(), abs=1e-6)
    assert plan.sum(axis=0) == pytest.approx(np.full(40, 1 / 40), abs=1e-6)


def test_widths_may_differ_for_lengths_within():
    found = recraft.distance(A, B[:, :2], "gw", gradient=True, plan=True)
    assert found.local and found.converged and found.gradient.shape == A.shape and found.plan.shape == (30, 40)
    turned = np.c_[A[:, 1], -A[:, 0], A[:, 2], np.ones(30)][::-1]
    assert float(recraft.distance(A, turned, "gw")) == pytest.approx(0, abs=1e-9)


def test_labelled_sets():
    near = recraft.distance(A, A + 0.1, "otdd", labels_a=np.arange(30) % 2, labels_b=np.arange(30) % 2)
    far = recraft.distance(A, B, "otdd", labels_a=np.arange(30) % 2, labels_b=np.arange(40) % 2)
    assert 0 < float(near) < float(far)
    with pytest.raises(recraft.ConfigError, match="labels"):
        recraft.distance(A, B, "otdd")


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint16", "int64", "bool", ">f8"])
def test_any_type(dtype):
    a, b = (A * 3).astype(dtype), (B * 3).astype(dtype)
    expected = recraft.distance(a.astype("float32"), b.astype("float32"), "w2")
    assert float(recraft.distance(a, b, "w2")) == float(expected)


@pytest.mark.parametrize("kind", [kind.name for kind in recraft.distances() if kind.name not in ("coral", "mmd")])
def test_a_sample_of_weight_two_is_two_samples(kind):
    weights = rng.integers(0, 3, 30)
    labels = {} if kind != "otdd" else {"labels_a": np.arange(30) % 2, "labels_b": np.arange(len(B)) % 2}
    found = recraft.distance(A, B, kind, weights_a=weights, gradient=True, **labels)
    if labels:
        labels["labels_a"] = np.repeat(labels["labels_a"], weights)
    assert float(recraft.distance(np.repeat(A, weights, axis=0), B, kind, **labels)) == pytest.approx(
        float(found), rel=1e-5
    )
    assert not found.gradient[weights == 0].any()


def test_any_order_in_memory_and_lists():
    expected = float(recraft.distance(A, B, "w1"))
    assert float(recraft.distance(np.asfortranarray(A), B[::-1], "w1")) == pytest.approx(expected, rel=1e-6)
    assert float(recraft.distance(A.tolist(), B.tolist(), "w1")) == expected


def test_dlpack():
    class Tensor:
        """Speaks DLPack and nothing else."""

        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **how):
            return self.array.__dlpack__(**how)

        def __dlpack_device__(self):
            return self.array.__dlpack_device__()

    assert float(recraft.distance(Tensor(A), Tensor(B), "w2")) == float(recraft.distance(A, B, "w2"))


def test_failures_are_exceptions_with_the_library_text():
    with pytest.raises(recraft.ConfigError, match='no distance is called "w3"'):
        recraft.distance(A, B, "w3")
    with pytest.raises(recraft.ShapeError, match="3 columns and b has 2"):
        recraft.distance(A, B[:, :2])
    with pytest.raises(ValueError, match="not a finite"):
        recraft.distance(A * np.nan, B)
    with pytest.raises(TypeError, match="complex"):
        recraft.distance(A * 1j, B)


def test_warns_where_it_did_not_converge():
    with pytest.warns(recraft.RecraftWarning, match="not converged") as caught:
        recraft.distance(A, B, passes=1)
    assert caught[0].filename == __file__


def test_entropy_of_certain_labels_is_zero():
    found = recraft.entropy(np.eye(3)[[0, 1, 2, 0, 1, 2]], [0, 1, 2, 0, 1, 2], gradient=True)
    assert found.conditional_entropy == pytest.approx(0, abs=1e-6)
    assert found.used_labels == pytest.approx(3)
    assert found.gradient.shape == (6, 3)


def test_ctrl_c_stops_the_work_and_the_next_call_is_well(ctrl_c):
    a, b = rng.normal(size=(4000, 60)), rng.normal(size=(4000, 60)) + 3
    press = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    press.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        recraft.distance(a, b, "sinkhorn", epsilon=1e-3, scaling=0.9)
    assert time.monotonic() - started < 30
    assert float(recraft.distance(A, B, "w2")) > 0


def test_threads_of_python_work_side_by_side():
    found = [None] * 4

    def work(i):
        found[i] = recraft.distance(A, B + i, "sinkhorn", threads=1).value

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [recraft.distance(A, B + i, "sinkhorn").value for i in range(4)]
