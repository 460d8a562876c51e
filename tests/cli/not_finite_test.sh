#!/usr/bin/env bash
# NaN and infinities in inputs and weights, and texts of padding alone, are refused by name: what a model makes of them
# is nothing. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
python3 "$here/make_signals.py" data || exit 1
python3 "$here/make_tiny_bert.py" tiny.safetensors || exit 1
python3 "$here/make_model_folder.py" "$here/../data/vit/vit.safetensors" vit || exit 1
# array FILE KIND SHAPE VALUE AT: an .npy of ones with one other value.
array() {
    python3 - "$@" <<'END'
import struct, sys
path, kind, shape, value, at = sys.argv[1:]
n = 1
for size in shape.split(","):
    n *= int(size)
values = [1] * n
values[int(at)] = float(value) if kind == "f4" else int(value)
header = "{'descr': '<%s', 'fortran_order': False, 'shape': (%s,), }" % (kind, shape)
header += " " * (-(len(header) + 11) % 64) + "\n"
with open(path, "wb") as f:
    f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
    f.write(struct.pack("<%d%s" % (n, {"f4": "f", "i4": "i"}[kind]), *values))
END
}
edit() { python3 "$here/edit_safetensors.py" "$@"; }

array good.npy f4 2,3,32,32 1 0
array nan.npy f4 2,3,32,32 nan 3072
array inf.npy f4 2,3,32,32 inf 3
refused "nan.npy: sample 1 holds NaN" "$recraft" embed --source swin-mini --input nan.npy --output no.npy
refused "inf.npy: sample 0 holds an infinity" "$recraft" embed --source swin-mini --input inf.npy --output no.npy
# The second row is padding, id 0, and nothing else.
array ids.npy i4 2,1 0 1
refused "ids.npy: row 1 is only padding" "$recraft" embed --source tiny.safetensors --input ids.npy --output no.npy

fit=("$recraft" fit --data data/table --method nft --set fit.epochs=1 --set fit.warmup=0 --quiet)
check "a run" "${fit[@]}" --source tiny.safetensors --out run
array table.npy f4 2,7 1e38 0
check "large inputs are taken" "$recraft" predict --run run --input table.npy --output answer.npy --quiet
norm=bert.encoder.layer.0.output.LayerNorm.weight
edit run/model.safetensors number $norm nan
refused "tensor \"$norm\" holds NaN" "$recraft" predict --run run --input table.npy --output no.npy
refused "tensor \"$norm\" holds NaN" "$recraft" eval --run run
refused "tensor \"$norm\" holds NaN" "$recraft" embed --run run --input table.npy --output no.npy
cp tiny.safetensors features.safetensors
edit features.safetensors number source.features nan
refused "tensor \"source.features\" holds NaN" "$recraft" align --data data/table --source features.safetensors
edit tiny.safetensors number $norm nan
refused "tensor \"$norm\" holds NaN" "${fit[@]}" --source tiny.safetensors --out no
refused "tensor \"$norm\" holds NaN" "$recraft" align --data data/table --source tiny.safetensors

norm=vit.layernorm.weight
edit vit/model.safetensors number $norm nan
side=$(grep -o '"image_size": [0-9]*' vit/config.json | grep -o '[0-9]*$')
array pictures.npy f4 "2,3,$side,$side" 1 0
refused "tensor \"$norm\" holds NaN" "$recraft" embed --model vit --input pictures.npy --output no.npy
mkdir classes
for part in train test; do
    array classes/x_$part.npy f4 "4,3,$side,$side" 2 7
    array classes/y_$part.npy i4 4 0 0
done
refused "tensor \"$norm\" holds NaN" "$recraft" source build --model vit --data classes --out no.safetensors --quiet
exit $failed
