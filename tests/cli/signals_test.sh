#!/usr/bin/env bash
# Whole small runs on sequences and tables, by text models, by a model of series, and by an image model that sees them
# folded. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export RECRAFT_HOME=home
number_of() { grep -o "\"$1\": [0-9.e-]*" "$2" | head -n 1; }
shape_of() { head -c 128 "$1" | grep -ao "'shape': ([0-9, ]*)"; }
small="--set align.epochs=2 --set align.samples=8 --set align.clusters=3 --set fit.epochs=3 --set fit.batch=8 --set fit.warmup=0"

python3 "$here/make_signals.py" data || exit 1
mkdir -p home/sources
python3 "$here/make_tiny_bert.py" home/sources/minilm.safetensors || exit 1
python3 "$here/make_tiny_bert.py" tiny-roberta.safetensors roberta || exit 1
# run SOURCE METHOD DATA SHAPE: fit, evaluate, predict; predictions have this shape.
run() {
    local out
    out=$(basename "$1" .safetensors)-$3
    check "$out: fits" "$recraft" fit --data "data/$3" --source "$1" --method "$2" --out "$out" $small --quiet
    "$recraft" eval --run "$out" --json >eval.out
    check "$out: evaluation agrees with the run" test "$(number_of test eval.out)" = \
        "$(number_of test "$out/result.json")"
    check "$out: predicts" "$recraft" predict --run "$out" --input "data/$3/x_test.npy" --output answer.npy --quiet
    check "$out: predictions are $4" test "$(shape_of answer.npy)" = "'shape': ($4)"
}
# Without --source the form of the data chooses it.
check "sequences go to minilm" "$recraft" fit --method recraft --data data/classes --out chosen $small --quiet
check "and the result says so" grep -q '"source": "minilm"' chosen/result.json
run minilm recraft classes "8, 3"
check "the same bits come again" cmp chosen/model.safetensors minilm-classes/model.safetensors
run minilm nft labels "8, 2"
run minilm nft amounts "8, 2"
run minilm recraft field "8, 36"
run minilm recraft fields "8, 2, 18"
run minilm nft table "8, 2"
run minilm recraft image "8, 2"
run minilm nft picture "8, 4, 6"
run tiny-roberta.safetensors recraft classes "8, 3"
check "dense piece by piece" "$recraft" fit --data data/fields --out pieces --method nft --set model.dense=linear \
    $small --quiet
check "has a linear map" grep -aq pieces.weight pieces/model.safetensors
"$recraft" eval --run pieces --json >eval.out
check "and is scored as it was" test "$(number_of test eval.out)" = "$(number_of test pieces/result.json)"
check "dense by means" "$recraft" fit --data data/fields --out average --method nft --set model.dense=average $small \
    --quiet
check "has no weights for it" bash -c "! grep -aq pieces.weight average/model.safetensors"
run swin-mini recraft classes "8, 3"
run swin-mini recraft field "8, 36"
run swin-mini nft table "8, 2"
check "draws curves" bash \
    -c "'$recraft' report --run swin-mini-field --seconds 1 >/dev/null && grep -q 'test sample 1' swin-mini-field/report.html"
check "embeds with a run" "$recraft" embed --run swin-mini-classes --input data/classes/x_test.npy --output f.npy \
    --quiet
check "features are pooled" test "$(shape_of f.npy)" = "'shape': (8, 192)"

# A source of series is made here, and takes every form but texts.
cat >series.json <<'JSON'
{"model_type": "series", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16,
 "num_channels": 2,
 "series_length": 48, "patch_size": 8}
JSON
check "pretrains on series" "$recraft" pretrain --data data/classes --backbone series.json --out series-model \
    --set fit.epochs=1 --set fit.warmup=0 --quiet
check "builds its source" "$recraft" source build --model series-model --data data/classes --out series.safetensors \
    --set source.head_epochs=1 --set source.recalibration_epochs=1 --quiet
run series.safetensors recraft classes "8, 3"
run series.safetensors nft field "8, 36"
run series.safetensors nft table "8, 2"
run series.safetensors nft picture "8, 4, 6"
check "embeds series" "$recraft" embed --source series.safetensors --input data/classes/x_test.npy --output f.npy \
    --quiet
check "a feature for each channel of the model" test "$(shape_of f.npy)" = "'shape': (8, 8)"
refused "takes series [N, 2, 48]" "$recraft" embed --source series.safetensors --input data/table/x_test.npy \
    --output bad.npy
refused "neither --image nor --tokens" "$recraft" bench --model series.json --tokens 4
check "channels apart, exported" "$recraft" fit --method nft --data data/classes --source series.safetensors \
    --out apart $small --set model.channels=apart --quiet
check "as onnx" "$recraft" export --run apart --to onnx --out apart.onnx --quiet

# Models of series as their publishers have them: every channel is a series.
series_of() { python3 \
    -c "import sys; sys.path.insert(0, '$here'); import npy; npy.write('$1', '<f4', (2, 1, $2), [i % 5 for i in range(2 * $2)])"; }
for name in moment chronos bolt; do
    python3 "$here/make_model_folder.py" "$here/../data/series/$name.safetensors" $name
    check "$name: a source is built of its folder" "$recraft" source build --model $name --data data/classes \
        --out $name.safetensors --set source.head_epochs=1 --set source.recalibration_epochs=1 --quiet
    run $name.safetensors nft classes "8, 3"
    check "$name: reports" "$recraft" report --run $name-classes --seconds 2 --quiet
done
check "no gradient passes through Chronos's bins, which is told" grep -q "the model rounds the numbers that it reads" \
    chronos-classes/report.html
check "and no map is drawn" bash -c "! grep -q 'class=gradient' chronos-classes/report.html"
check "as of other models" grep -q 'class=gradient' bolt-classes/report.html
run moment.safetensors recraft labels "8, 2"
run moment.safetensors nft field "8, 36"
check "all channels in a token" "$recraft" fit --method nft --data data/classes --source moment.safetensors \
    --out joint $small --set model.channels=joint --quiet
series_of series.npy 24
check "MOMENT embeds series" "$recraft" embed --model moment --input series.npy --output m.npy --pool none --quiet
check "a feature vector for each piece" test "$(shape_of m.npy)" = "'shape': (2, 6, 10)"
refused "takes series [N, 1, 14]" "$recraft" embed --model chronos --input series.npy --output bad.npy
refused "a Chronos has more of them" "$recraft" fit --method nft --data data/field --source chronos.safetensors \
    --out bad
refused "those of this Chronos have 4" "$recraft" fit --method nft --data data/field --source bolt.safetensors --out bad
refused "set model.channels to apart" "$recraft" fit --method nft --data data/classes --source bolt.safetensors \
    --out bad --set model.channels=joint

refused "has positions for 64" "$recraft" fit --method recraft --data data/classes --out bad --set model.tokens=65
refused "of the input's height and width" "$recraft" fit --method recraft --data data/uneven --source minilm --out bad
refused "of the input's length" "$recraft" fit --method recraft --data data/fields --source swin-mini --out bad
refused "only 36 points" "$recraft" fit --method recraft --data data/field --source swin-mini --out bad \
    --set model.fold_width=40
refused "needs a divisor" "$recraft" fit --method recraft --data data/field --source swin-mini --out bad \
    --set model.fold_width=5
refused "are for images" "$recraft" fit --method recraft --data data/classes --source swin-mini --out bad \
    --set fit.flip=true
refused "the run takes [N, 2, 48]" "$recraft" predict --run swin-mini-classes --input data/table/x_test.npy \
    --output bad.npy
refused "the run was trained on [N, 2, 48]" "$recraft" eval --run swin-mini-classes --data data/prime
check "nothing is left of refused runs" test ! -e bad.npy -a ! -e bad
exit $failed
