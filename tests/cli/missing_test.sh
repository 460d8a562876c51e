#!/usr/bin/env bash
# NaN in inputs: refused, or taken as missing numbers. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive

# Tables of 24 + 8 rows and 3 columns; every fourth number of the second is missing, the mean, or infinite.
python3 - <<'END_OF_PYTHON' || exit 1
import os, struct

def npy(path, kind, shape, numbers):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }" % (kind, "".join("%d, " % n for n in shape))
    head += " " * (63 - (len(head) + 10) % 64) + "\n"
    code = {"<f4": "f", "<i4": "i"}[kind]
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head.encode())
        f.write(struct.pack("<%d%s" % (len(numbers), code), *numbers))

def table(folder, gap, column_mean):
    os.mkdir(folder)
    for part, n in (("train", 24), ("test", 8)):
        x = []
        for i in range(n):
            x += [i % 3, column_mean if gap is None and i % 4 == 1 else gap if i % 4 == 1 else
                (i % 2) * 2 - 1 + i / 100, i % 5]
        npy("%s/x_%s.npy" % (folder, part), "<f4", (n, 3), x)
        npy("%s/y_%s.npy" % (folder, part), "<i4", (n,), [i % 2 for i in range(n)])

nan, infinity = float("nan"), float("inf")
present = [(i % 2) * 2 - 1 + i / 100 for i in range(24) if i % 4 != 1]
table("gaps", nan, 0)
table("filled", None, sum(present) / len(present))
table("endless", infinity, 0)
npy("new.npy", "<f4", (2, 3), [1, nan, 2, 0, 1, 3])
npy("mean.npy", "<f4", (2, 3), [1, sum(present) / len(present), 2, 0, 1, 3])
npy("far.npy", "<f4", (1, 3), [infinity, 0, 0])
END_OF_PYTHON

small=(--source swin-mini --method nft --set fit.epochs=2 --set fit.warmup=0 --set fit.batch=8
    --set data.valid_fraction=0 --quiet)
fit() { "$recraft" fit --data "$1" --out "$2" "${small[@]}" "${@:3}"; }
predict() { "$recraft" predict --run "$1" --input "$2" --output "$3" --quiet; }
refused "gaps: x_train holds NaN (first in sample 1); remove or fill such samples, or fit with the setting data.missing=mean, which replaces each NaN by the mean" fit gaps never
refused "endless: x_train holds an infinity (first in sample 1)" fit endless never --set data.missing=mean
refused "data.missing=mean needs standardised inputs" fit gaps never --set data.missing=mean --set data.normalise_x=none
refused "data.missing is \"median\"" fit gaps never --set data.missing=median
refused "holds NaN" "$recraft" data transform one-hot --in gaps --out never --quiet
check "missing numbers are counted" bash -c "'$recraft' data show gaps | grep -Eq 'x_missing +6$'"
check "and what is there is measured" bash -c "'$recraft' data show gaps | grep -Eq 'x_max +4$'"

check "fits with gaps" fit gaps run --set data.missing=mean
check "evaluates with gaps" "$recraft" eval --run run --quiet
check "predicts from gaps" predict run new.npy gaps.npy
check "a gap is the mean" predict run mean.npy filled.npy
check "and gives the same prediction" python3 - <<'END_OF_PYTHON'
import struct
a, b = (struct.unpack("<4f", open(n, "rb").read()[-16:]) for n in ("gaps.npy", "filled.npy"))
assert all(abs(p - q) < 1e-5 for p, q in zip(a, b)), (a, b)
END_OF_PYTHON
check "measures the gap to the source" "$recraft" align --data gaps --source swin-mini --resamples 0 \
    --distances sinkhorn --set data.missing=mean --set data.valid_fraction=0 --quiet
check "fits without" fit filled whole
refused "new.npy: sample 0 holds NaN; only a run made with data.missing=mean" predict whole new.npy never.npy
refused "far.npy: sample 0 holds an infinity" predict run far.npy never.npy
exit $failed
