#!/usr/bin/env bash
# Samples with several inputs, through the program. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=1 PYTHONPATH=$here
python3 - <<'PY' || exit 1
import os, random, zipfile
import npy
nan = float("nan")
random.seed(1)
def make(folder, gaps):
    os.mkdir(folder)
    for part, n in (("train", 20), ("valid", 6), ("test", 10)):
        y = [i % 4 for i in range(n)]
        row = [[(k // 2) * 2 + random.gauss(0, .3) for _ in range(3)] for k in y]
        wave = [[(k % 2) * (t % 2) * 2 + random.gauss(0, .3) for t in range(16)] for k in y]
        if gaps and part == "train": # one sample lacks the row, one the wave
            row[3], wave[4] = [nan] * 3, [nan] * 16
        npy.write("%s/x_%s.npy" % (folder, part), "<f4", (n, 3), sum(row, []))
        npy.write("%s/x_%s.wave.npy" % (folder, part), "<f4", (n, 1, 16), sum(wave, []))
        npy.write("%s/y_%s.npy" % (folder, part), "<i8", (n,), y)
make("two", True)
with zipfile.ZipFile("two.npz", "w") as file:
    for name in os.listdir("two"):
        file.write("two/" + name, name)
os.mkdir("new")
for name in ("x", "x.wave"):
    os.link("two/" + name.replace("x", "x_test", 1) + ".npy", "new/" + name + ".npy")
PY
small=(--source swin-mini --quiet --set model.image_size=16 --set fit.epochs=2 --set fit.batch=8 --set fit.warmup=0
    --set fit.opponents=no --set fit.head_start=seed)
fit() { "$recraft" fit "${small[@]}" --out "$@"; } # fit NAME --data DATA ...
bad() { rm -rf bad && cp -r two bad && (cd bad && eval "$1") && refused "$2" "${@:3}"; }

"$recraft" data show two --json >shown.json
check "shows the inputs" python3 \
    -c 'import json; s = json.load(open("shown.json")); assert s["inputs"] == {"x": "table", "wave": "sequences"} and s["train"]["absent"] == 1 and s["train"]["wave"]["absent"] == 1'
check "fits early" fit early --method nft --data two
check "fits an .npz" fit packed --method nft --data two.npz
check "to the same bits" cmp early/model.safetensors packed/model.safetensors
files=$here/../data/readers
for kind in flat grouped; do
    check "fits HDF5, $kind" fit h5-$kind --method nft --data $files/$kind.h5 --set fit.epochs=1
done
check "to the same bits" cmp h5-flat/model.safetensors h5-grouped/model.safetensors
check "tells what each input is worth" grep -A 3 '"test_without"' early/result.json
cut_at 1 cut "$recraft" fit "${small[@]}" --method nft --data two --out cut
check "goes on after a cut" fit cut --method nft --data two --resume=auto
check "to the same bits" cmp early/model.safetensors cut/model.safetensors
"$recraft" fit "${small[@]}" --method nft --data two --out never --dry-run --json >foreseen.json
check "the memory of the data is that of every input" python3 \
    -c 'import json; assert json.load(open("foreseen.json"))["memory_mb"]["data"] > 0.002'
check "fits late" fit late --method nft --data two --set model.fusion=late --set model.head=mean --set fit.epochs=1
check "fits with stage 1" fit aligned --method recraft --data two --set align.epochs=2 --set fit.epochs=1
check "which has a distance for each input" grep -q '"distances": {"x": [0-9.]*, "wave": [0-9.]*}' aligned/metrics.jsonl
refused "align measures samples of one" "$recraft" align --data two --source swin-mini --quiet
check "fits from nothing" fit scratch --method scratch --data two --set fit.epochs=1
check "fits a plain predictor" fit ridge --method ridge --data two
check "mona fits late" fit late-mona --method mona --data two --set model.fusion=late --set model.head=mean \
    --set fit.epochs=1 --set align.epochs=1
for run in early late ridge; do
    check "evaluates $run" "$recraft" eval --run $run --quiet
    check "predicts by $run" "$recraft" predict --run $run --input new --output $run.csv --quiet
done
check "predicts by a part of a data set" "$recraft" predict --run early --input two --part test --output part.csv \
    --quiet
check "the same" cmp early.csv part.csv
check "has 8-bit weights in every body" bash \
    -c "'$recraft' export --run late --to int8 --out late8 --quiet && grep -aq '\"inputs.wave.swin.encoder.layers.0.blocks.0.output.dense.weight.scale\"' late8/model.safetensors"
check "with which it predicts" "$recraft" predict --run late8 --input new --output late8.csv --quiet
check "embeds" "$recraft" embed --run early --input new --output features.npy --quiet
check "reports" "$recraft" report --run early --quiet
check "which input the answers depend on" grep -q '<figcaption>Inputs</figcaption>' early/report.html
check "of x each column" bash \
    -c "grep -q 'Columns of x<' early/report.html && grep -q 'column 3<' early/report.html && ! grep -q 'column 4<' early/report.html"
check "of the wave each window" grep -q 'Windows of time of wave<' early/report.html
check "samples with both" bash \
    -c "grep -q '>x, column 1<' early/report.html && grep -A1 'Test sample 1<' early/report.html | grep -q '<svg'"
check "what each input is worth" grep -Eq 'Without the input x it is [0-9.]+ %, without wave it is' early/report.html
"$recraft" predict --run early --input new/x.npy --output alone.csv --json --quiet >alone.json 2>&1
check "an input that is not there is told" grep -q "no input wave: it counts as missing in every sample" alone.json
check "and changes the answer" bash -c "! cmp -s early.csv alone.csv"
check "without input dropout" fit kept --method nft --data two --set fit.input_dropout=0
check "which makes a difference" bash -c "! cmp -s early/model.safetensors kept/model.safetensors"

bad "rm x_test.wave.npy" \
    "x_test is there and x_test.wave is missing; give rows of NaN for samples that lack the input" "$recraft" data \
    show bad
bad "cp x_test.wave.npy x_train.wave.npy" "x_train has 20 samples, x_train.wave has 10" "$recraft" data show bad
bad "mv x_train.wave.npy 'x_train.a b.npy'" "\"a b\" cannot be the name of an input" "$recraft" data show bad
bad "mv x_train.wave.npy x_train.wave-00000.npy" "x_train.wave-00000.npy: named inputs cannot be in shards" "$recraft" \
    data show bad
bad "cp x_test.npy x_test.wave.npy" "x_test.wave has shape [10, 3], but the other parts have [10, 1, 16]" "$recraft" \
    data show bad
bad "for i in a b c; do for p in train valid test; do cp x_\$p.npy x_\$p.\$i.npy; done; done" \
    "more than 3 inputs besides x" "$recraft" data show bad
bad "for p in train valid test; do mv x_\$p.wave.npy x_\$p.tone.npy; done" \
    "an input is called tone, the run was trained on wave" "$recraft" eval --run early --data bad --quiet
refused "samples have several inputs (x and wave), where only x is supported" "$recraft" data transform one-hot \
    --in two --out never
refused "fit.flip, fit.turn and fit.crop are for samples of one input" fit never --method nft --data two \
    --set fit.flip=true
refused "fit.mixup is for samples of one input" fit never --method nft --data two --set fit.mixup=0.2
refused "no x, and no x.wave" "$recraft" predict --run early --input early --output never.csv --quiet
refused "say which is meant: --part test" "$recraft" predict --run early --input two --output never.csv --quiet
refused "several inputs" "$recraft" export --run early --to onnx --out never.onnx --quiet
exit $failed
