#!/usr/bin/env bash
# Whole small runs on sequences and tables, by an image model that sees them folded. $1: the program, $2: a scratch folder.
set -u
recraft=$1
scratch=$2
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch" || exit 1
export RECRAFT_HOME=home
failed=0
check() { # check WHAT COMMAND...
    local what=$1
    shift
    if "$@"; then echo "ok   $what"; else
        echo "FAIL $what"
        failed=1
    fi
}
number_of() { grep -o "\"$1\": [0-9.e-]*" "$2" | head -n 1; }
shape_of() { head -c 128 "$1" | grep -ao "'shape': ([0-9, ]*)"; }
small="--set align.epochs=2 --set align.samples=8 --set align.clusters=3 --set fit.epochs=3 --set fit.batch=8 --set fit.warmup=0"

python3 "$here/make_signals.py" data || exit 1
# run SOURCE METHOD DATA SHAPE: fit, evaluate, predict; predictions have this shape.
run() {
    local out=$1-$3
    check "$out: fits" "$recraft" fit --data "data/$3" --source "$1" --method "$2" --out "$out" $small --quiet
    "$recraft" eval --run "$out" --json >eval.out
    check "$out: evaluation agrees with the run" test "$(number_of test eval.out)" = "$(number_of test "$out/result.json")"
    check "$out: predicts" "$recraft" predict --run "$out" --input "data/$3/x_test.npy" --output answer.npy --quiet
    check "$out: predictions are $4" test "$(shape_of answer.npy)" = "'shape': ($4)"
}
run swin-mini recraft classes "8, 3"
run swin-mini nft labels "8, 2"
run swin-mini nft amounts "8, 2"
run swin-mini recraft field "8, 36"
run swin-mini nft table "8, 2"
check "draws curves" bash -c "'$recraft' report --run swin-mini-field >/dev/null && grep -q 'test sample 1' swin-mini-field/report.html"
check "embeds with a run" "$recraft" embed --run swin-mini-classes --input data/classes/x_test.npy --output f.npy --quiet
check "features are pooled" test "$(shape_of f.npy)" = "'shape': (8, 192)"

# refused WORDS COMMAND...: exit code 2, one line that contains the words.
refused() {
    local words=$1
    shift
    "$@" >out 2>err </dev/null
    local code=$?
    if [ $code -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && grep -qF -- "$words" err; then echo "ok   $words"; else
        echo "FAIL wanted \"$words\", exit 2; got exit $code: $(cat err)"
        failed=1
    fi
}
refused "two commands make it" "$recraft" fit --data data/classes --out bad
refused "of the input's length" "$recraft" fit --data data/fields --source swin-mini --out bad
refused "only 36 points" "$recraft" fit --data data/field --source swin-mini --out bad --set model.fold_width=40
refused "needs a divisor" "$recraft" fit --data data/field --source swin-mini --out bad --set model.fold_width=5
refused "are for images" "$recraft" fit --data data/classes --source swin-mini --out bad --set fit.flip=true
refused "the run takes [N, 2, 48]" "$recraft" predict --run swin-mini-classes --input data/table/x_test.npy --output bad.npy
refused "the run was trained on [N, 2, 48]" "$recraft" eval --run swin-mini-classes --data data/labels
check "nothing is left of refused runs" test ! -e bad.npy -a ! -e bad
exit $failed
