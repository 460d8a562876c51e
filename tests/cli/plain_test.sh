#!/usr/bin/env bash
# Plain opponents as methods: runs without a source on every kind of target, used and compared like any other. $1: the
# program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export RECRAFT_HOME=nowhere OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive
number_of() { grep -o "\"$1\": [0-9.e-]*" "$2" | head -n 1; }
shape_of() { head -c 128 "$1" | grep -ao "'shape': ([0-9, ]*)"; }
fit() { "$recraft" fit --data "data/$1" --method "$2" --out "$2-$1" --quiet "${@:3}"; }
python3 "$here/make_signals.py" data || exit 1

# run METHOD DATA SHAPE: fit, evaluate, predict, report; predictions have this shape.
run() {
    local out=$1-$2
    check "$out: fits" fit "$2" "$1" "${@:4}"
    "$recraft" eval --run "$out" --json >eval.out
    check "$out: evaluation agrees with the run" test "$(number_of test eval.out)" = \
        "$(number_of test "$out/result.json")"
    check "$out: and so does the loss" test "$(number_of test_loss eval.out)" = \
        "$(number_of test_loss "$out/result.json")"
    check "$out: predicts" "$recraft" predict --run "$out" --input "data/$2/x_test.npy" --output answer.npy --quiet
    check "$out: predictions are $3" test "$(shape_of answer.npy)" = "'shape': ($3)"
    check "$out: has a page" "$recraft" report --run "$out"
}
run majority classes "8, 3"
run kernels classes "8, 3"
run svm classes "8, 3"
run logistic labels "8, 2"
run svm labels "8, 2"
run forest amounts "8, 2"
run ridge amounts "8, 2"
run ridge field "8, 36"
run ridge picture "8, 4, 6"
run forest image "8, 2"
run majority fields "8, 2, 18"
run ridge table "8, 2"
check "no source is named" bash -c "! grep -q source ridge-table/run.json ridge-table/result.json"
check "waves are told apart" grep -Eq '"test": 0(\.0+)?,' kernels-classes/result.json
check "the same bits come again" bash \
    -c "'$recraft' fit --data data/classes --method forest --out again --quiet >one; rm -r again
    OMP_NUM_THREADS=1 '$recraft' fit --data data/classes --method forest --out other --quiet >two;
        '$recraft' fit --data data/classes \
    --method forest --out again --quiet >three; cmp again/model.safetensors other/model.safetensors"
check "resumes by fitting again" fit classes svm --resume

refused "forest does not predict fields" fit field forest
refused "kernels are for sequences" fit table kernels
refused "on the points of x" fit fields ridge
refused "has no features to give" "$recraft" embed --run svm-classes --input data/classes/x_test.npy \
    --output never.npy --quiet
printf 'label,text\na,b c\nb,c d\n' >texts.csv
refused "does not take texts" "$recraft" fit --data texts.csv --method ridge --out never

check "compares" "$recraft" compare --data data/classes,data/table --method ridge,forest,majority --source swin-mini \
    --seeds 2 --out compared --quiet
check "again, with nothing left to do" "$recraft" compare --data data/classes,data/table \
    --method ridge,forest,majority --source swin-mini --seeds 2 --out compared --quiet

# The frozen source's features, read by ridge regression: a model like any other, with a head in closed form.
run probe image "8, 2" --source swin-mini
check "no epoch was trained" grep -q '"epochs": 0' probe-image/result.json
check "its head was fitted" grep -q '"epoch": 0' probe-image/metrics.jsonl
refused "not fields or words" fit picture probe --source swin-mini

# Opponents beside a run, which a model would have to beat.
small=(--source swin-mini --method nft --set fit.epochs=1 --set fit.warmup=0 --quiet)
check "fits beside opponents" "$recraft" fit --data data/classes --out beside "${small[@]}" --json
opponent() { python3 -c "import json, sys; o = json.load(open('$1/result.json')).get('opponents', {}); $2"; }
check "all that serve sequences" opponent beside \
    'assert sorted(o) == ["forest", "kernels", "logistic", "majority", "ridge", "svm"], o'
check "with both scores and seconds" opponent beside \
    'assert all({"valid", "test", "seconds"} == set(v) for v in o.values()), o'
check "the scores of the methods" bash -c "grep -q '\"seed\": 0' kernels-classes/result.json &&
    python3 -c \"import json; a, b = (json.load(open(p)) for p in ('kernels-classes/result.json', 'beside/result.json'))
assert all(a[k] == b['opponents']['kernels'][k] for k in ('valid', 'test'))\""
check "a page shows them" bash \
    -c "'$recraft' report --run beside --seconds 1 && grep -q 'Plain opponents' beside/report.html"
check "and so does the table" bash -c "'$recraft' report --table --run beside --run svm-classes | grep -q '^  kernels '"
check "said in one line" bash \
    -c "'$recraft' fit --data data/classes --out line ${small[*]/--quiet/} 2>&1 | grep -q '^opponents (validation error): .*; this run '"
check "without them" "$recraft" fit --data data/classes --out alone "${small[@]}" --set fit.opponents=no
check "there are none" opponent alone 'assert not o'
check "a comparison has them as methods" "$recraft" fit --data data/classes --out among "${small[@]}" --compared
check "and not beside" opponent among 'assert not o'
exit $failed
