#!/usr/bin/env python3
"""Write the golden fixtures of optimal transport: tests/data/transport/{sinkhorn,distances}.safetensors and .json.

distances.safetensors is described at write_distances. In sinkhorn.safetensors, for each case <name>:

  <name>.a [N, D], <name>.b [M, D]   points, float32
  <name>.gradient [N, D]             gradient of the divergence in a, float64
  <name>.values [7], float64:
      0 epsilon
      1 Sinkhorn divergence S(a, b), cost |x - y|^2 / 2, uniform weights
      2 OT_epsilon(b, b)
      3 S(a, b) as geomloss gives it with its default scaling of 0.5
      4 relative error of geomloss's gradient at that scaling
      5 unregularised cost: min over plans of the mean of |x - y|^2 / 2
      6 |mean(a) - mean(b)|^2 / 2

The reference is POT in float64: the converged plan P of ot.sinkhorn gives OT_epsilon = <P, C> + epsilon KL(P |
uniform) - the plans of a cloud with itself by averaged updates, in numpy - and the gradient (1/N) (sum_j Paa_ij a_j -
sum_j Pab_ij b_j) with rows of P normalised. geomloss, run in float64 with slow annealing (scaling 0.999), must agree to
what that leaves open, or this script stops.

Run with Debian's PyTorch (see README.md beside this file); POT 0.9.4, geomloss 0.2.6, safetensors 0.4.5:

  python3 tools/golden/transport.py [sinkhorn|distances]
"""

import hashlib
import json
import os
import sys

import geomloss
import numpy
import ot
import safetensors.numpy
import scipy.linalg
import scipy.stats
import torch
from scipy.special import logsumexp

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "..", "tests", "data", "transport")
SEED = 20260
# name: points of a, points of b, coordinates, epsilon, spread of b, shift of a
CASES = {
    "plane": (40, 60, 2, 0.1, 1.0, 0.5),
    "cloud": (50, 35, 16, 0.5, 0.7, 0.3),
    "fine": (32, 32, 3, 0.05, 1.0, 0.2),
    "wide": (24, 100, 200, 2.0, 0.2, 0.05),
    "coarse": (30, 45, 5, 1e3, 1.0, 0.5),
}


def cost(x, y):
    return ((x[:, None, :] - y[None, :, :]) ** 2).sum(-1) / 2


def transport_cost(coupling, c, epsilon):
    seen = coupling > 0
    entropy = (coupling[seen] * numpy.log(coupling[seen] * c.size)).sum()
    return (coupling * c).sum() + epsilon * entropy


def plan(x, y, epsilon):
    p = numpy.full(len(x), 1 / len(x))
    q = numpy.full(len(y), 1 / len(y))
    c = cost(x, y)
    coupling, log = ot.sinkhorn(p, q, c, epsilon, method="sinkhorn_log", numItermax=500000, stopThr=1e-11, log=True)
    assert log["err"][-1] < 1e-9, log["err"][-1]
    return coupling, transport_cost(coupling, c, epsilon)


def self_plan(x, epsilon):
    """Averaged updates: the error halves each time, where Sinkhorn's alternating ones may crawl."""
    c = cost(x, x)
    f = numpy.zeros(len(x))
    for _ in range(200):
        f = (f - epsilon * (logsumexp((f[None, :] - c) / epsilon, axis=1) - numpy.log(len(x)))) / 2
    coupling = numpy.exp((f[:, None] + f[None, :] - c) / epsilon) / c.size
    assert abs(coupling.sum(1) * len(x) - 1).max() < 1e-12
    return coupling, transport_cost(coupling, c, epsilon)


def rows(coupling):
    return coupling / coupling.sum(1, keepdims=True)


def by_geomloss(a, b, epsilon, scaling):
    x = torch.tensor(a, dtype=torch.float64, requires_grad=True)
    loss = geomloss.SamplesLoss("sinkhorn", p=2, blur=epsilon**0.5, scaling=scaling, debias=True, backend="tensorized")
    value = loss(x, torch.tensor(b, dtype=torch.float64))
    value.backward()
    return value.item(), x.grad.numpy()


def error(x, y):
    return float(numpy.linalg.norm(x - y) / numpy.linalg.norm(y))


def solve(a, b, epsilon):
    a, b = a.astype(numpy.float64), b.astype(numpy.float64)
    (ab, v_ab), (aa, v_aa), (_, v_bb) = plan(a, b, epsilon), self_plan(a, epsilon), self_plan(b, epsilon)
    value = v_ab - v_aa / 2 - v_bb / 2
    gradient = (rows(aa) @ a - rows(ab) @ b) / len(a)
    near_value, near_gradient = by_geomloss(a, b, epsilon, 0.999)
    assert abs(near_value - value) < 2e-4 * abs(value), (near_value, value)
    assert error(near_gradient, gradient) < 3e-2, error(near_gradient, gradient)
    quick_value, quick_gradient = by_geomloss(a, b, epsilon, 0.5)
    exact = ot.emd2(numpy.full(len(a), 1 / len(a)), numpy.full(len(b), 1 / len(b)), cost(a, b))
    means = ((a.mean(0) - b.mean(0)) ** 2).sum() / 2
    values = [epsilon, value, v_bb, quick_value, error(quick_gradient, gradient), exact, means]
    return gradient, numpy.array(values)


def save(name, tensors, about):
    os.makedirs(OUT, exist_ok=True)
    path = os.path.join(OUT, name + ".safetensors")
    safetensors.numpy.save_file(tensors, path)
    with open(path, "rb") as file:
        about["sha256"] = hashlib.sha256(file.read()).hexdigest()
    about["seed"] = SEED
    about["versions"] = {"POT": ot.__version__, "geomloss": geomloss.__version__, "torch": torch.__version__,
                         "numpy": numpy.__version__, "scipy": scipy.__version__}
    with open(os.path.join(OUT, name + ".json"), "w") as file:
        json.dump(about, file, indent=2)
        file.write("\n")


def write_sinkhorn():
    random = numpy.random.default_rng(SEED)
    tensors = {}
    for name, (n, m, d, epsilon, spread, shift) in CASES.items():
        a = (random.standard_normal((n, d)) + shift).astype(numpy.float32)
        b = (spread * random.standard_normal((m, d))).astype(numpy.float32)
        gradient, values = solve(a, b, epsilon)
        print(name, *values)
        tensors.update({f"{name}.a": a, f"{name}.b": b, f"{name}.gradient": gradient, f"{name}.values": values})
    save("sinkhorn", tensors,
         {"cases": {k: dict(zip(("n", "m", "d", "epsilon", "spread", "shift"), v)) for k, v in CASES.items()}})


# ---- the other distances ----

# name: samples of a and b, coordinates, classes of a and b
SETS = {"many": (40, 52, 5, 3, 4), "few": (12, 17, 24, 2, 3), "line": (30, 44, 1, 2, 2)}
EPSILON, SHRINKAGE, DIRECTIONS = 0.5, 0.1, 6


def w1(a, b, _):
    return ot.emd2(ot.unif(len(a), type_as=a), ot.unif(len(b), type_as=b), torch.cdist(a, b))


def w2(a, b, _):
    return ot.emd2(ot.unif(len(a), type_as=a), ot.unif(len(b), type_as=b), ot.dist(a, b) / 2)


def sliced(a, b, theta):
    """Half the square of POT's sliced Wasserstein distance along the columns of theta."""
    return ot.sliced_wasserstein_distance(a, b, projections=theta) ** 2 / 2


def moments(x, shrinkage):
    mean = x.mean(0)
    c = (x - mean).T @ (x - mean) / len(x)
    return mean, (1 - shrinkage) * c + shrinkage * torch.trace(c) / x.shape[1] * torch.eye(x.shape[1], dtype=x.dtype)


def gaussian(a, b, _):
    """Half of POT's squared Bures-Wasserstein distance; shrinkage where samples do not outnumber coordinates."""
    (ma, ca), (mb, cb) = (moments(x, 0.0 if len(x) > x.shape[1] else SHRINKAGE) for x in (a, b))
    return ot.gaussian.bures_wasserstein_distance(ma, mb, ca, cb) ** 2 / 2


def mmd(a, b, _):
    """ORCA's kernels: the mean squared distance over all ordered pairs of different points, halved twice, then
    doubled four times."""
    total = torch.cat([a, b])
    square = ((total[:, None, :] - total[None, :, :]) ** 2).sum(-1)
    width = square.sum() / (len(total) ** 2 - len(total)) / 4
    kernel = sum(torch.exp(-square / (width * 2**i)) for i in range(5))
    n = len(a)
    return kernel[:n, :n].mean() + kernel[n:, n:].mean() - 2 * kernel[:n, n:].mean()


def coral(a, b, _):
    ca, cb = ((x - x.mean(0)).T @ (x - x.mean(0)) / (len(x) - 1) for x in (a, b))
    return ((ca - cb) ** 2).sum() / (4 * a.shape[1] ** 2)


def energy(a, b, _):
    def mean(x, y):
        square = ((x[:, None, :] - y[None, :, :]) ** 2).sum(-1)
        return torch.where(square > 0, square.clamp(min=1e-300).sqrt(), square).mean()

    value = 2 * mean(a, b) - mean(a, a) - mean(b, b)
    if a.shape[1] == 1:
        scipys = scipy.stats.energy_distance(a.detach().numpy()[:, 0], b.detach().numpy()[:, 0]) ** 2
        assert abs(scipys - value.item()) < 1e-12
    return value


def label_distances(a, la, b, lb, exact):
    table = numpy.zeros((la.max() + 1, lb.max() + 1))
    for i in range(table.shape[0]):
        for j in range(table.shape[1]):
            x, y = a[la == i], b[lb == j]
            if exact:
                table[i, j] = ot.emd2(ot.unif(len(x)), ot.unif(len(y)), cost(x, y))
            else:
                (mx, cx), (my, cy) = (moments(torch.tensor(v), 0.0) for v in (x, y))
                root = scipy.linalg.sqrtm(cx.numpy())
                inner = scipy.linalg.sqrtm(root @ cy.numpy() @ root).real.trace()
                table[i, j] = ((mx - my) ** 2).sum().item() / 2 + (cx.trace() + cy.trace()).item() / 2 - inner
    return table


def otdd(a, la, b, lb, exact):
    def regularised(x, lx, y, ly):
        c = cost(x, y) + label_distances(x, lx, y, ly, exact)[lx][:, ly]
        coupling, log = ot.sinkhorn(ot.unif(len(x)), ot.unif(len(y)), c, EPSILON, method="sinkhorn_log",
                                    numItermax=500000, stopThr=1e-11, log=True)
        assert log["err"][-1] < 1e-9
        return transport_cost(coupling, c, EPSILON)

    return regularised(a, la, b, lb) - regularised(a, la, a, la) / 2 - regularised(b, lb, b, lb) / 2


def write_distances():
    """distances.safetensors: for each set <set>: <set>.a [N, D], <set>.b [M, D] float32; <set>.label_a [N],
    <set>.label_b [M] int32; <set>.directions [6, D] float64, of length 1; <set>.<distance> [1] and
    <set>.<distance>.gradient [N, D] (autograd), float64, for w1 w2 sliced gaussian mmd coral energy;
    <set>.otdd_gaussian and <set>.otdd_exact [1] at epsilon 0.5; <set>.weight_a [N], <set>.weight_b [M] and
    <set>.weighted [2]: w1 and w2 with these weights."""
    random = numpy.random.default_rng(SEED + 1)
    tensors = {}
    for name, (n, m, d, ka, kb) in SETS.items():
        la, lb = (numpy.arange(n) % ka).astype(numpy.int32), (numpy.arange(m) % kb).astype(numpy.int32)
        a = (random.standard_normal((n, d)) + 0.4 + 0.5 * la[:, None]).astype(numpy.float32)
        b = (0.8 * random.standard_normal((m, d)) + 0.3 * lb[:, None]).astype(numpy.float32)
        theta = random.standard_normal((DIRECTIONS, d))
        theta /= numpy.linalg.norm(theta, axis=1, keepdims=True)
        wa, wb = random.exponential(size=n), random.exponential(size=m)
        wa[:3] = 0
        tensors.update({f"{name}.a": a, f"{name}.b": b, f"{name}.label_a": la, f"{name}.label_b": lb,
                        f"{name}.directions": theta, f"{name}.weight_a": wa, f"{name}.weight_b": wb})
        x, y = torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
        for distance in (w1, w2, sliced, gaussian, mmd, coral, energy):
            z = x.clone().requires_grad_(True)
            value = distance(z, y, torch.tensor(theta.T))
            value.backward()
            key = f"{name}.{distance.__name__}"
            print(key, value.item())
            tensors[key] = numpy.array([value.item()])
            tensors[key + ".gradient"] = z.grad.numpy()
        pa, pb = wa / wa.sum(), wb / wb.sum()
        c = cost(x.numpy(), y.numpy())
        tensors[f"{name}.weighted"] = numpy.array([ot.emd2(pa, pb, numpy.sqrt(2 * c)), ot.emd2(pa, pb, c)])
        for kind in ("gaussian", "exact"):
            value = otdd(x.numpy(), la, y.numpy(), lb, kind == "exact")
            print(f"{name}.otdd_{kind}", value)
            tensors[f"{name}.otdd_{kind}"] = numpy.array([value])
    save("distances", tensors, {"sets": {k: dict(zip(("n", "m", "d", "classes_a", "classes_b"), v)) for k,
                                         v in SETS.items()},
                                "epsilon": EPSILON, "shrinkage": SHRINKAGE})


def main():
    wanted = sys.argv[1:] or ["sinkhorn", "distances"]
    if "sinkhorn" in wanted:
        write_sinkhorn()
    if "distances" in wanted:
        write_distances()


if __name__ == "__main__":
    main()
