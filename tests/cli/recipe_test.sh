#!/usr/bin/env bash
# Augmentation, mixup, dropout, drop path and averaged weights: cut runs end with the same bits, what does not fit the
# data is refused.
# $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
mkdir -p home/sources
export RECRAFT_HOME=home
python3 "$here/make_signals.py" data || exit 1
python3 "$here/make_tiny_bert.py" home/sources/minilm.safetensors || exit 1
small=(--method nft --quiet --set fit.batch=8 --set fit.warmup=0)
fit() { "$recraft" fit --data "data/$1" --out "$2" "${small[@]}" "${@:3}"; }
number_of() { grep -o "\"$1\": [0-9.e-]*" "$2" | head -n 1; }

all=(--set fit.augment=jitter,scale,shift,mask --set fit.mixup=0.4 --set fit.dropout=0.2 --set fit.drop_path=0.2
    --set fit.average=0.9)
check "all of it, in one go" fit classes whole "${all[@]}" --set fit.epochs=60
check "cut" cut_at 5 cut "$recraft" fit --data data/classes --out cut "${small[@]}" "${all[@]}" --set fit.epochs=60
check "goes on" fit classes cut "${all[@]}" --set fit.epochs=60 --resume
check "the same bits" cmp whole/model.safetensors cut/model.safetensors
check "blocks computed again" fit classes again "${all[@]}" --set fit.epochs=60 --set fit.recompute=true
check "leave the same bits" cmp whole/model.safetensors again/model.safetensors
check "the average is validated too" grep -q average_metric whole/metrics.jsonl
"$recraft" eval --run whole --json >eval.out
check "evaluation agrees with the run" test "$(number_of test_loss eval.out)" = \
    "$(number_of test_loss whole/result.json)"

# Each of them changes what is learnt.
check "plainly" fit classes plain --set fit.epochs=2
for one in augment=jitter augment=scale augment=shift augment=mask mixup=0.4 dropout=0.5 drop_path=0.5; do
    check "$one" fit classes "with-$one" --set fit.epochs=2 --set "fit.$one"
    check "$one differs" bash -c "! cmp -s plain/model.safetensors with-$one/model.safetensors"
done
check "no validation: the average" fit classes average --set fit.epochs=2 --set fit.average=0.9 \
    --set data.valid_fraction=0
check "no validation: the last weights" fit classes last --set fit.epochs=2 --set data.valid_fraction=0
check "are not the same" bash -c "! cmp -s average/model.safetensors last/model.safetensors"

check "labels are mixed" fit labels labels --set fit.epochs=2 --set fit.mixup=0.4
check "amounts are mixed" fit amounts amounts --set fit.epochs=2 --set fit.mixup=0.4
check "a table's columns are masked" fit table table --set fit.epochs=2 --set fit.augment=jitter,mask
check "images too" fit picture picture --source swin-mini --set fit.epochs=1 --set fit.augment=jitter,scale,mask \
    --set fit.drop_path=0.2
refused "a table takes jitter and mask" fit table bad --set fit.augment=shift
refused "away from their dense targets" fit field bad --set fit.augment=jitter,shift
refused "does not go with pare" "$recraft" fit --data data/classes --method pare --out bad --set fit.mixup=0.3
refused 'has "noise"' fit classes bad --set fit.augment=noise

# Pieces of a sequence.
check "windows" fit classes windows --set fit.epochs=1 --set model.window=2
check "channels apart" fit classes apart --set fit.epochs=1 --set model.channels=apart
check "columns" fit table columns --set fit.epochs=1 --set model.table=columns
{ echo 'colour,size,kind' && for i in {1..12}; do echo "red,0.$i,a" && echo "green,1.$i,b" &&
    echo "blue,2.$i,a"; done; } >table.csv
check "a table with a column of texts" "$recraft" data import table.csv --label kind --out data/mixed --quiet
check "its columns" fit mixed mixed --set fit.epochs=1 --set model.table=columns
check "are two tokens, of three numbers and of one" grep -aq '\\"features\\": *\[3, *1\]' mixed/model.safetensors
for run in windows apart columns mixed; do
    "$recraft" eval --run $run --json >eval.out
    check "$run: evaluation agrees with the run" test "$(number_of test_loss eval.out)" = \
        "$(number_of test_loss $run/result.json)"
done
refused "not for dense targets" fit fields bad --set model.channels=apart
exit $failed
