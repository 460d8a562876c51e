#!/usr/bin/env bash
# What an iteration did not reach is said wherever its value is given. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
python3 - <<'PY'
import os, random, struct
def write(path, n, d, shift, spread=1):
    random.seed(path)
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (n, d)
    head = head.encode() + b" " * (-(11 + len(head)) % 64) + b"\n"
    values = [random.gauss(shift, spread) for _ in range(n * d)]
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head
            + struct.pack("<%df" % len(values), *values))
write("a.npy", 40, 3, 0.5)
write("b.npy", 57, 3, 0.0)
os.mkdir("flat")
write("flat/x_train.npy", 24, 3, 0.0)
write("flat/y_train.npy", 24, 1, 2.5, 0)
PY
# says FILE EXPRESSION: of the JSON object r in FILE.
says() { python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$1" "$2"; }
distance() { "$recraft" distance --a a.npy --b b.npy "$@"; }

distance --epsilon 0.01 --json >solved.json
check "solved" says solved.json 'r["converged"] is True and 0 <= r["marginal_error"] <= 1e-6 and r["iterations"] > 0'
distance --epsilon 1e-14 --json >open.json
check "too small an epsilon: JSON" says open.json 'r["converged"] is False and r["marginal_error"] > 1e-6'
check "text" sh -c '"$0" distance --a a.npy --b b.npy --epsilon 1e-14 --quiet | grep -q "converged *false"' "$recraft"
distance --distance w2 --json >exact.json
check "an exact distance iterates nothing" says exact.json '"converged" not in r and "epsilon" not in r'
distance --distance gw --json >gw.json
check "a local optimum is told" says gw.json 'r["optimum"] == "local" and r["converged"] is True and "epsilon" not in r'

"$recraft" data make darcy --out darcy --n-train 12 --n-test 2 --resolution 9 --quiet >/dev/null
align() {
    "$recraft" align --data darcy --resamples 2 --features 40 --distances sinkhorn,w1,gw --set align.samples=8 \
        --set align.clusters=3 --quiet "$@"
}
# A feature so far from the others that no double holds its potential to a small epsilon.
python3 "$here/make_tiny_bert.py" far.safetensors && python3 "$here/edit_safetensors.py" far.safetensors number \
    source.features 1e8
stage='r["sources"][0]["stages"][0]["distances"]'
align --json >solved.json
check "align: solved" says solved.json "$stage"'[0]["converged"] is True and "converged" not in '"$stage"'[1]'
"$recraft" align --data flat --source swin-mini --resamples 0 --quiet --json >flat.json
check "align: of one value everything foretells the labels" says flat.json \
    'r["target_classes"] == 1 and r["sources"][0]["stages"][0]["leep"] is None and r["sources"][0]["stages"][0]["nce"] is None'
align --source far.safetensors --set align.epsilon=1e-6 --json >open.json
check "align: not solved: JSON" says open.json "$stage"'[0]["converged"] is False'
align --source far.safetensors --set align.epsilon=1e-6 --page open.html >open.txt
check "text" grep -q 'sinkhorn .* not converged' open.txt
check "a local optimum: text" grep -q '^ *gw .* local optimum' open.txt
check "JSON" says open.json "$stage"'[2]["optimum"] == "local"'
check "and page" grep -q 'a local optimum' open.html
check "few samples: text" grep -q '^note: stage 1 looks at 8 samples of 3 classes' open.txt
check "and JSON" says open.json '"8 samples of 3 classes" in r["sources"][0]["notes"][0]'
check "and page" grep -q 'Note: stage 1 looks at 8 samples of 3 classes' open.html
check "page" grep -q '(not converged)' open.html
"$recraft" fit --method recraft --data darcy --out run --quiet --set align.samples=8 --set align.batch=4 \
    --set align.clusters=3 --set align.epochs=2 --set fit.epochs=1 --set fit.batch=6 --set fit.warmup=0 \
    --set align.epsilon=1e-6 >/dev/null
check "stage 1 records it" grep -q '"marginal_error": [0-9.e-]*, "converged": \(true\|false\)' run/metrics.jsonl
exit $failed
