#!/usr/bin/env bash
# A run's model for other programs. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive
export_run() { "$recraft" export --run "$1" --to "$2" --out "$3" --json; }

python3 "$here/make_tiny_bert.py" bert.safetensors || exit 1
python3 "$here/make_signals.py" signals || exit 1
fit() { "$recraft" fit --data "$1" --out "$2" --quiet --set fit.epochs=1 --set fit.opponents=no "${@:3}"; }
check "a run" fit signals/classes run --source bert.safetensors --method nft
check "a plain run" fit signals/classes plain --method ridge

# npz
check "arrays by name" export_run run npz run.npz
check "as they are in the model file" python3 - <<'END'
import json, struct, zipfile
data = open("run/model.safetensors", "rb").read()
size, = struct.unpack("<Q", data[:8])
header = json.loads(data[8 : 8 + size])
header.pop("__metadata__")
with zipfile.ZipFile("run.npz") as z:
    assert z.testzip() is None and sorted(z.namelist()) == sorted(n + ".npy" for n in header), z.namelist()
    for name, entry in header.items():
        first, last = (8 + size + at for at in entry["data_offsets"])
        array = z.read(name + ".npy")
        assert array.startswith(b"\x93NUMPY") and array.endswith(data[first:last]), name
END
check "twice the same" bash \
    -c "cp run.npz first.npz && '$recraft' export --run run --to npz --out run.npz --quiet && cmp run.npz first.npz"
check "of a plain predictor" export_run plain npz plain.npz
refused "--out run.zip: takes a file .npz" export_run run npz run.zip
refused "--to pt is not a form of export" export_run run pt run.pt
# onnx (what it computes: python/tests/test_export.py)
check "ONNX, and what goes in and out" bash \
    -c "'$recraft' export --run run --to onnx --out run.onnx --json | tr -d '\n' |
    grep -q '\"inputs\": \[ *\"x\" *\].*\"answer\": \"probabilities\"'"
check "twice the same" bash \
    -c "cp run.onnx first.onnx && '$recraft' export --run run --to onnx --out run.onnx --quiet && cmp run.onnx first.onnx"
refused "--out run.npz: takes a file .onnx" export_run run onnx run.npz
refused "plain is a plain predictor (ridge), for which onnx has no form" export_run plain onnx plain.onnx
# hf and peft (what is in them: python/tests/test_export.py)
refused "its input layer was made for a signal" export_run run hf run-hf
refused "the run has no adapters (adapters.safetensors); fit with --set fit.train=lora" export_run run peft run-peft
adapters=(--method nft --set fit.train=lora --set fit.embedder=freeze)
check "adapters" fit signals/classes lora --source bert.safetensors "${adapters[@]}" --set fit.lr=0.1
check "are exported" export_run lora peft lora-peft
refused "lora-peft: exists already" export_run lora peft lora-peft
# The same features: a model that begins with the exported adapters, and has learnt nothing more.
features() { "$recraft" embed --run "$1" --input "$2" --output "$1.npy" --quiet; }
same_features() { features "$1" "$3" && features "$2" "$3" && cmp "$1.npy" "$2.npy"; }
check "and are begun with" fit signals/classes again --source bert.safetensors "${adapters[@]}" \
    --set fit.lora_from=lora-peft --set fit.epochs=0
check "with the same features" same_features lora again signals/classes/x_test.npy
check "new ones begin otherwise" fit signals/classes new --source bert.safetensors "${adapters[@]}" --set fit.epochs=0
check "which have features" features new signals/classes/x_test.npy
check "and others" bash -c "! cmp -s lora.npy new.npy"
small=(--source swin-mini "${adapters[@]}" --set model.image_size=8 --set fit.lora_targets=query,up,output)
check "adapters of an image model" fit signals/image small "${small[@]}" --set fit.lr=0.1
check "are exported" export_run small peft small-peft
check "and are begun with" fit signals/image small-again "${small[@]}" --set fit.lora_from=small-peft --set fit.epochs=0
check "with the same features" same_features small small-again signals/image/x_test.npy
check "images" fit signals/image image --source swin-mini --method nft --set fit.train=head --set model.image_size=8
refused "its head is flatten, and SwinForImageClassification reads the mean of the tokens; fit with --set model.head=mean" \
    export_run image hf image-hf
check "images of which the mean is read" fit signals/image mean --source swin-mini --method nft --set fit.train=head \
    --set model.image_size=8 --set model.head=mean
check "are exported" export_run mean hf mean-hf
check "and are a model folder" "$recraft" source build --model mean-hf --data signals/image --out mean.safetensors \
    --quiet --set source.head_epochs=1 --set source.recalibration_epochs=1
refused "no such run folder" export_run nowhere npz run.npz
exit $failed
