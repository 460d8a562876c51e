#!/usr/bin/env bash
# Losses and metrics by settings, for every kind of target. $1: the program, $2: a scratch folder.
set -u
recraft=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch" || exit 1
failed=0
check() { # check WHAT COMMAND...
    local what=$1
    shift
    if "$@"; then echo "ok   $what"; else
        echo "FAIL $what"
        failed=1
    fi
}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
npy() { # npy FILE TYPE SHAPE VALUE: the array whose i-th value is that expression of i
    PYTHONPATH=$here python3 -c 'import math, sys, npy
file, kind, shape, value = sys.argv[1:]
shape = eval(shape)
npy.write(file, kind, shape, [eval(value, {"i": i, "nan": math.nan}) for i in range(math.prod(shape))])' "$@"
}
small="--method nft --set fit.epochs=1 --set fit.batch=4 --set fit.warmup=0 --quiet --json"
fit() { # fit DATA OUT SETTING...
    local data=$1 out=$2 set=()
    shift 2
    for s in "$@"; do set+=(--set "$s"); done
    "$recraft" fit --data "$data" --out "$out" $small "${set[@]}" >"$out.json" 2>"$out.error"
}
number() { grep -o "\"$2\": [-0-9.e]*" "$1" | head -1 | sed 's/.*: //'; }
same() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && b != "" && (a - b) ^ 2 <= 1e-10 * (1 + a ^ 2)) }'; }
scored() { # scored RUN METRIC: the run's test score is what eval finds, and eval names the metric
    "$recraft" eval --run "$1" --json >"$1.eval" && grep -q "\"metric\": \"$2\"" "$1.eval" &&
        same "$(number "$1.eval" test)" "$(number "$1/result.json" test)" &&
        same "$(number "$1.eval" "$2")" "$(number "$1/result.json" test)"
}
refused() { # refused WORDS DATA SETTING...
    local words=$1
    shift
    fit "$1" refused-run "${@:2}"
    local code=$?
    check "refuses: $words" bash -c "[ $code = 2 ] && grep -q -- '$words' refused-run.error"
    rm -rf refused-run
}

mkdir classes labels numbers mask
for part in train test; do
    for set in classes labels numbers mask; do npy $set/x_$part.npy '|u1' "(16, 1, 8, 8)" "i * 7 % 11"; done
    npy classes/y_$part.npy '|u1' "(16,)" "i * 7 % 11 % 3"
    npy labels/y_$part.npy '|u1' "(16, 4)" "i * 7 % 11 % 2"
    npy numbers/y_$part.npy '<f4' "(16, 2)" "2 + i % 5 / 4"
    npy mask/y_$part.npy '<f4' "(16, 8, 8)" "i % 3 == 0"
done

fit classes plain
check "classes: the error by default" scored plain error
check "classes: eval gives the usual companions" grep -q '"1-auroc-ovr"' plain.eval
for metric in 1-f1 1-ecg 1-auroc 1-auroc-ovr; do
    fit classes "run-$metric" fit.metric=$metric
    check "classes: $metric" scored "run-$metric" $metric
done
# A temperature changes how sure the answers are, not what they are.
fit classes calibrated fit.calibrate=true
check "classes: under a temperature the same decisions" python3 -c "
import json
plain, calibrated = (json.load(open(run + '/result.json')) for run in ('plain', 'calibrated'))
assert 0 < calibrated['temperature'] != 1 and all(plain[k] == calibrated[k] for k in ('valid', 'test'))"
check "the model file has it" bash -c "! cmp -s plain/model.safetensors calibrated/model.safetensors"
refused "fit.calibrate is for a class a sample" numbers fit.calibrate=true
# A test part of one class has no AUROC: the run keeps what it has learnt, and fails for want of a score.
mkdir single
cp classes/*.npy single
npy single/y_test.npy '|u1' "(16,)" 0
"$recraft" fit --data single --out single-run --method nft --set fit.epochs=1 --set fit.batch=4 --set fit.warmup=0 \
    --set fit.metric=1-auroc-ovr --quiet >single.out 2>single.err
check "a test part without meaning fails the run" test $? -eq 2
check "it is told" grep \
    -q "single-run: the model is trained and saved, but has no test score: fit.metric 1-auroc-ovr has no meaning" \
    single.err
check "in the result too" bash \
    -c "grep -q '\"test\": null' single-run/result.json && grep -q '\"test_problem\": \"fit.metric' single-run/result.json"
check "what was learnt is there" "$recraft" predict --run single-run --input single/x_test.npy --output single.npy \
    --quiet
fit classes weighted fit.class_weights=balanced fit.smoothing=0.1
check "classes: weights" scored weighted error
check "weights change what is learnt" bash -c "! cmp -s plain/model.safetensors weighted/model.safetensors"
fit classes focal fit.loss=focal fit.metric=1-auroc
check "classes: focal loss" scored focal 1-auroc
check "another loss, another test loss" test "$(number plain.eval test_loss)" != "$(number focal.eval test_loss)"
mkdir records && cp classes/* records
npy records/group_test.npy '<i8' "(16,)" "9 - i // 3"
check "groups: eval scores records too" bash -c "'$recraft' eval --run plain --data records --json | tr -d '\n' |
    grep -q '\"by_group\": { *\"groups\": 6, *\"error\"'"
cp records/group_test.npy records/group_train.npy
fit records grouped
check "groups: training holds records out" grep -q '"n_valid": 3' grouped/result.json
fit labels some fit.pos_weight=4 fit.metric=1-map
check "labels: mean average precision" scored some 1-map
# Whole numbers for every point: a mask when all are 0 and 1, else amounts.
cp -r mask mask-of-bytes && cp -r mask amounts
for part in train test; do
    npy mask-of-bytes/y_$part.npy '|u1' "(16, 8, 8)" "i % 3 == 0"
    npy amounts/y_$part.npy '<i2' "(16, 8, 8)" "i % 7 - 256"
done
fit mask float-mask fit.loss=bce
fit mask-of-bytes byte-mask
check "mask: of floats" scored float-mask 1-auroc
check "mask: whole numbers are one by themselves" scored byte-mask 1-auroc
check "eval and the run's own score: the same bits" test "$(number byte-mask.eval test)" = \
    "$(number byte-mask/result.json test)"
# By hand, and without the checksum that would tell.
LC_ALL=C sed 's/"batch": "4"/"batch": "0"/; s/recraft[.]checksum/recraft.checksun/' \
    byte-mask/model.safetensors >whole-model && mv byte-mask/model.safetensors kept-model &&
    mv whole-model byte-mask/model.safetensors
"$recraft" eval --run byte-mask >out 2>err
check "a batch of nothing is refused" test $? -eq 2 -a "$(wc -l <err)" -eq 1 -a "$(grep -c 'metadata "batch"' err)" \
    -eq 1
mv kept-model byte-mask/model.safetensors
check "mask: the same as of floats" test "$(number byte-mask.eval test_loss)" = "$(number float-mask.eval test_loss)"
fit amounts whole-amounts
check "amounts: whole numbers for every point" scored whole-amounts relative_l2
for loss in mse rmse mae relative-l1 relative-l2 nrmse; do
    fit numbers "numbers-$loss" fit.loss=$loss fit.metric=1-r2
    check "numbers: $loss" scored "numbers-$loss" 1-r2
done
fit mask fields fit.metric=nrmse
check "fields: companions of their own kind" bash -c "'$recraft' eval --run fields --json | grep -q relative_l2 &&
    ! '$recraft' eval --run fields --json | grep -q 1-r2"
fit mask points fit.loss=bce
check "mask: AUROC by default" scored points 1-auroc
check "mask: false negatives beside it" grep -q '"fnr"' points.eval
check "mask: probabilities" bash \
    -c "'$recraft' predict --run points --input mask/x_test.npy --output p.npy --quiet >/dev/null"
fit mask missed fit.loss=bce fit.metric=fnr
check "mask: false negatives" scored missed fnr

# Points that are not known: whatever is said there, and whatever the others are, they count for nothing.
cp -r mask gaps && cp -r mask-of-bytes mask-gaps
for part in train test; do
    npy gaps/y_$part.npy '<f4' "(16, 8, 8)" "nan if i % 3 == 0 else 2 + i % 5 / 4"
    npy mask-gaps/y_$part.npy '|i1' "(16, 8, 8)" "-1 if i % 5 == 0 else i % 2"
done
fit gaps some-known
check "gaps in a field: scored by what is known" scored some-known relative_l2
check "gaps are told" grep -q "points of y are not known (NaN)" some-known/result.json
fit gaps all-alone fit.loss=mae fit.metric=mae
check "gaps: mean absolute error" scored all-alone mae
fit mask-gaps some-masked
check "gaps in a mask: -1" scored some-masked 1-auroc
refused "fit.mixup does not go with points of y that are not known" gaps fit.mixup=0.2
cp -r mask signs
for part in train test; do
    npy signs/y_$part.npy '|i1' "(16, 8, 8)" "-1 if i % 2 == 0 else 1"
done
fit signs some-signs
check "-1 and 1 without a 0 are amounts" scored some-signs relative_l2
check "the report draws them" bash \
    -c "'$recraft' report --run some-known >out && ! grep -qiE '(relative L2<br>|<small>)-?nan' some-known/report.html"

"$recraft" data make darcy --out darcy --n-train 8 --n-test 2 --resolution 8 --quiet >/dev/null
refused "does not fit this target; cross-entropy, focal, ordinal do" classes fit.loss=mse
refused "does not fit this target; error, top5_error" classes fit.metric=rmse
refused "does not fit this target" numbers fit.loss=bce
refused "work with the losses cross-entropy (of points, too) and ordinal only" classes fit.loss=focal \
    fit.class_weights=balanced
refused "needs targets of 0 and 1" darcy fit.metric=fnr
refused "does not go with the losses bce, poisson and cox" mask fit.loss=bce data.normalise_y=point
refused "has no meaning on this part" classes fit.metric=top5_error
exit $failed
