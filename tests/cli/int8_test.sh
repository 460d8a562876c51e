#!/usr/bin/env bash
# Models with 8-bit weights: exported, measured, used as any run, and refused where they would learn. $1: the program,
# $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
fit() { "$recraft" fit --data "$1" --out "$2" --quiet --set fit.epochs=2 --set fit.opponents=no "${@:3}"; }
small() { "$recraft" export --run "$1" --to int8 --out "$2" --json --quiet; }
predict() { "$recraft" predict --run "$1" --input signals/classes/x_test.npy --output "$2" --json --quiet; }

python3 "$here/make_tiny_bert.py" bert.safetensors && python3 "$here/make_signals.py" signals || exit 1
check "a run" fit signals/classes run --source bert.safetensors --method nft
check "is made small" bash -c "'$recraft' export --run run --to int8 --out run8 --json >told.json"
check "and says what that costs" python3 - <<'END'
import json
told = json.load(open("told.json"))
kept = json.load(open("run8/result.json"))
had = json.load(open("run/result.json"))
cost = told["int8"]
assert cost["mb"] < cost["mb_before"] and cost["part"] == "validation" and cost["n"] == had["n_valid"], cost
assert cost["before"] == had["valid"] and cost["metric"] == had["metric"], (cost, had)
assert kept["int8"] == cost and kept["notes"][:1] == told["notes"] and kept["test"] == had["test"]
END
check "it answers" bash -c "'$recraft' predict --run run --input signals/classes/x_test.npy --output run.npy --quiet"
check "which is told" bash \
    -c "'$recraft' predict --run run8 --input signals/classes/x_test.npy --output run8.npy --json | grep -q '\"weights\": \"int8\"'"
check "nearly as before" python3 - <<'END'
import struct
def numbers(path):
    data = open(path, "rb").read()
    data = data[10 + struct.unpack("<H", data[8:10])[0]:]
    return struct.unpack(f"<{len(data) // 4}f", data)
a, b = numbers("run.npy"), numbers("run8.npy")
assert len(a) == len(b) > 0 and a != b and max(abs(x - y) for x, y in zip(a, b)) < 0.02, (a, b)
END
# The integers are the same on every processor; floats around them are rounded by its own instructions, and alike on
# one.
for isa in SSE41 AVX AVX2 AVX512_CORE; do
    export ONEDNN_MAX_CPU_ISA=$isa
    check "the same with $isa" bash \
        -c "'$recraft' predict --run run8 --input signals/classes/x_test.npy --output $isa.csv --quiet &&
        python3 -c '
rows = [[float(v) for v in line.split(\",\")[-3:]]
    for name in (\"SSE41.csv\", \"$isa.csv\") for line in open(name).read().split()[1:]]
half = len(rows) // 2
assert half == 8 and all(abs(x - y) < 1e-5 for a, b in zip(rows[:half], rows[half:]) for x, y in zip(a, b)), rows'"
    check "scored with $isa" bash -c "'$recraft' eval --run run8 --json | grep -q '\"weights\": \"int8\"'"
    unset ONEDNN_MAX_CPU_ISA
done
check "features" "$recraft" embed --run run8 --input signals/classes/x_test.npy --output features.npy --quiet
check "a page" "$recraft" report --run run8 --quiet
check "says it" grep -q "the weights have 8 bits: on" run8/report.html
check "shows the worst samples" grep -q "The worst validation samples" run8/report.html
check "without what takes gradients, which it says" grep -q "which places of a sample matter is not shown" \
    run8/report.html
check "arrays" bash -c "'$recraft' export --run run8 --to npz --out run8.npz --quiet && python3 -c '
import zipfile
assert \"bert.encoder.layer.0.output.dense.weight.scale.npy\" in zipfile.ZipFile(\"run8.npz\").namelist()'"
check "it teaches" "$recraft" distill --teacher run8 --student bert.safetensors --out taught --quiet --set fit.epochs=1
check "and its size is told" python3 -c '
import json
teacher = json.load(open("taught/result.json"))["distillation"]["teacher"]
assert 1e-6 * teacher["parameters"] < teacher["mb"] < 4e-6 * teacher["parameters"], teacher'

# Matrices that are too narrow stay as they are. What `pretrain` leaves is a model folder, too.
swin() {
    printf '{"model_type": "swin", "image_size": 16, "patch_size": 4, "num_channels": 3, "embed_dim": %s, "depths": [1],
        "num_heads": [1], "window_size": 2, "mlp_ratio": 2.0}\n' "$1"
}
for width in 4 8; do
    swin $width >swin.json
    check "a model of width $width" "$recraft" pretrain --data signals/image --backbone swin.json --out model-$width \
        --quiet --set fit.epochs=1 --set fit.warmup=0
done
refused "all its matrices have fewer than 16 columns" small model-4 no8
check "one of its matrices" small model-8 pretrained8
check "is told" python3 - <<'END'
import json
told = json.load(open("pretrained8/result.json"))
assert told["int8"]["matrices"] == 1 and told["int8"]["matrices_left"] == 5, told
assert told["notes"][0].startswith("1 of 6 matrices have 8 bits (the others have fewer than 16 columns"), told
END
check "a model folder" bash \
    -c "'$recraft' embed --model pretrained8 --input signals/image/x_test.npy --output features.npy --json | grep -q '\"weights\": \"int8\"'"
refused "from the run that they were exported from" "$recraft" source build --model pretrained8 --data signals/image \
    --out no.safetensors --quiet

# Data that are gone; what is no run of one model; what is there already.
check "a run on data that go" bash \
    -c "cp -r signals/classes gone && '$recraft' fit --data gone --out lost --quiet --set fit.epochs=1 \
    --set fit.opponents=no --source bert.safetensors --method nft && rm -r gone"
check "is made small unmeasured" bash \
    -c "'$recraft' export --run lost --to int8 --out lost8 --json | grep -q 'what that costs was not measured: gone: no such data set'"
check "a result with other notes than texts keeps them" bash -c "cp -r run edited && python3 -c '
import json
result = json.load(open(\"edited/result.json\"))
result[\"notes\"] = [1]
json.dump(result, open(\"edited/result.json\", \"w\"))' && '$recraft' export --run edited --to int8 --out edited8 --quiet && grep -q '^    1$' edited8/result.json"
check "a plain run" fit signals/classes plain --method ridge
refused "run8: exists already" small run run8
refused "run8 has 8-bit weights, which only npz takes as they are" small run8 again8
refused "run8 has 8-bit weights, which only npz takes as they are" "$recraft" export --run run8 --to onnx --out no.onnx
refused "for which int8 has no form" small plain plain8
refused "the model has 8-bit weights, which cannot learn; use the run that it was exported from" "$recraft" distill \
    --teacher run8 --layers 1 --out cut --quiet
# Damage.
damaged() {
    rm -rf cut8 && cp -r run8 cut8
    python3 "$here/edit_safetensors.py" cut8/model.safetensors "$@"
}
damaged bit
refused "cut8/model.safetensors" "$recraft" eval --run cut8 --quiet
damaged number bert.encoder.layer.0.output.dense.weight.scale nan
refused "holds NaN or an infinity" predict cut8 no.npy
exit $failed
