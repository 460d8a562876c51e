#!/usr/bin/env bash
# Targets beyond classes and plain numbers: grades, counts, quantiles, survival. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
python3 - "$here" <<'P'
import os, random, sys
sys.path.insert(0, sys.argv[1])
import npy
random.seed(1)
def make(name, kind, width, of):
    os.mkdir(name)
    for part in ("train", "test"):
        n, x, y = 24, [], []
        for _ in range(n):
            v = [random.gauss(0, 1) for _ in range(16)]
            x += v
            y += of(v[0] + v[1])
        npy.write(f"{name}/x_{part}.npy", "<f4", (n, 16), x)
        npy.write(f"{name}/y_{part}.npy", kind, (n, width) if width > 1 else (n,), y)
make("grades", "<i8", 1, lambda s: [sum(s > t for t in (-1, 0, 1))])
make("counts", "<f4", 1, lambda s: [float(max(0, round(2 * s)))])
make("prices", "<f4", 2, lambda s: [s, -s + random.gauss(0, 1)])
make("patients", "<f4", 2, lambda s: [random.expovariate(2 ** s), float(random.random() < 0.7)])
os.mkdir("beats")
for part in ("train", "test"):
    n, length, x, y = 24, 32, [], []
    for _ in range(n):
        states = [k * 3 // length for k in range(length)]
        turn = random.randrange(3)
        states = [(s + turn) % 3 for s in states]
        x += [s + random.gauss(0, 0.1) for s in states]
        y += [-1] + states[1:]
    npy.write(f"beats/x_{part}.npy", "<f4", (n, 1, length), x)
    npy.write(f"beats/y_{part}.npy", "<i8", (n, length), y)
P
small="--source swin-mini --method nft --set model.image_size=32 --set fit.warmup=0 --set fit.epochs=2 --set fit.opponents=no --quiet --json"
fit() { # fit DATA LOSS [SETTING...]
    local data=$1 loss=$2 more=()
    for s in "${@:3}"; do more+=(--set "$s"); done
    "$recraft" fit --data "$data" --out "$loss" $small --set fit.loss="$loss" "${more[@]}"
}
scored() { # scored RUN DATA METRIC: eval finds the run's own test score, and the metrics that belong to it
    "$recraft" eval --run "$1" --data "$2" --json >eval.json && python3 - "$1" "$3" <<'P'
import json, sys
run, metric = sys.argv[1:]
said, result = json.load(open("eval.json")), json.load(open(run + "/result.json"))
assert said["metric"] == metric == result["metric"] and said["metrics"][metric] == said["test"] == result["test"], said
P
}
told() { "$recraft" predict --run "$1" --input "$2/x_test.npy" --output "$1.csv" --quiet >predict.out; }
for pair in "grades ordinal class_mae" "counts poisson poisson_deviance" "prices pinball pinball" \
    "patients cox 1-concordance"; do
    set -- $pair
    check "$2: learns" fit $1 $2 fit.opponents=yes
    check "$2: is scored by $3" scored $2 $1 $3
    check "$2: predicts" told $2 $1
    check "$2: has a report" "$recraft" report --run $2 --quiet
done
shown() { grep -q "$2" "$1/report.html"; } # shown RUN WORDS
check "quantiles stand over the truth" shown pinball 'Quantiles over truth, number 1'
check "and the worst are listed" shown pinball 'number 1, quantile 0.95</th>'
check "counts stand over the truth" shown poisson 'Prediction over truth'
check "risks stand over time" shown cox 'Risk over time'
check "why no worst are listed" shown cox \
    'not listed: a risk is right or wrong only in comparison with those of other samples'
check "steps: learns a class for each" "$recraft" fit --data beats --out steps $small --set fit.loss=cross-entropy \
    --set fit.opponents=yes --set fit.epochs=8 --set fit.class_weights=balanced
check "steps: is scored by error" scored steps beats error
check "steps: says probabilities" "$recraft" predict --run steps --input beats/x_test.npy --output steps.npy --quiet
check "steps: knows most, where one class is a third" python3 -c "
import json, sys
sys.path.insert(0, '$here')
import npy
shape, p = npy.read('steps.npy')
assert tuple(shape) == (24, 3, 32) and all(abs(p[k] + p[k + 32] + p[k + 64] - 1) < 1e-5 for k in range(32))
assert json.load(open('eval.json'))['test'] < 0.4 and '1-iou' in json.load(open('eval.json'))['metrics']"
check "steps: has a report" "$recraft" report --run steps --quiet
check "steps: why no worst are listed" shown steps \
    'not listed: of fields, the worst four of the test part are among the pictures'
python3 -c "
import sys
sys.path.insert(0, '$here')
import npy
for part in ('train', 'test'):
    shape, y = npy.read('beats/y_%s.npy' % part)
    npy.write('more/y_%s.npy' % part, '<i8', shape, [v + 1 for v in y]) \
        if __import__('os').makedirs('more', exist_ok=True) is None else 0"
cp beats/x_* more
refused "points of class 3, the run was trained with classes 0 to 2" "$recraft" eval --run steps --data more --quiet
refused "do not go with classes of points" "$recraft" fit --data beats --out mixed $small --set fit.loss=cross-entropy \
    --set fit.mixup=0.2
check "probabilities of grades sum to 1, and rise and fall once" python3 -c "
import csv
for row in csv.DictReader(open('ordinal.csv')):
    p = [float(row['p_%d' % k]) for k in range(4)]
    assert abs(sum(p) - 1) < 1e-5 and min(p) > 0, p"
check "rates are above 0" python3 -c "
import csv
assert all(float(row['value']) > 0 for row in csv.DictReader(open('poisson.csv')))"
check "quantiles rise" python3 -c "
import csv
for row in csv.DictReader(open('pinball.csv')):
    for k in (0, 1):
        q = [float(row['value_%d_q%s' % (k, q)]) for q in ('0.05', '0.5', '0.95')]
        assert q == sorted(q), row"
check "the share that lies between them is told" bash \
    -c "'$recraft' eval --run pinball --data prices --json | grep -q '\"coverage\": '"
check "a risk for each" bash -c "head -1 cox.csv | grep -qx risk && [ \$(wc -l <cox.csv) = 25 ]"
check "auto chooses among all" "$recraft" fit --data patients --source swin-mini --out auto \
    --quiet --set model.image_size=32 --set fit.loss=cox --set fit.budget=1 --set fit.opponents=no
check "and answers" "$recraft" predict --run auto --input patients/x_test.npy --output auto.npy --quiet
check "one risk answers" python3 -c "
import json
r = json.load(open('auto/result.json'))
assert [c['weight'] for c in r['candidates']].count(0) == len(r['candidates']) - 1 and not r['combined'], r"
refused "risks of several predictors have no common scale" "$recraft" fit --data patients --out two --set fit.loss=cox \
    --set fit.combine=stack
check "grades: plain predictors, too" bash \
    -c "'$recraft' fit --data grades --method ridge --set fit.loss=ordinal --out ridge --quiet --json | grep -q class_mae"
# Plain predictors as methods, and beside a run.
for four in "grades ordinal ordinal ordinal" "counts poisson poisson poisson" "prices pinball quantile pinball" \
    "patients cox cox cox" "beats cross-entropy logistic steps"; do
    set -- $four
    check "$2: $3" "$recraft" fit --data $1 --method $3 --set fit.loss=$2 --out plain_$3 --quiet
    check "$2: $3 answers" "$recraft" predict --run plain_$3 --input $1/x_test.npy --output plain_$3.csv --quiet
    check "$2: beside a run, and better than nothing" python3 -c "
import json
test, beside = (json.load(open(run + '/result.json')) for run in ('plain_$3', '$4'))
o = beside['opponents']
assert test['test'] == o['$3']['test'] < o['majority']['test'], o"
done
mv ordinal whole
cut_at 1 ordinal "$recraft" fit --data grades --out ordinal $small --set fit.loss=ordinal
check "cut and resumed: the same bits" bash \
    -c "'$recraft' fit --data grades --out ordinal $small --set fit.loss=ordinal --resume >out && cmp ordinal/model.safetensors whole/model.safetensors"
refused "fit.loss=cox needs two numbers a sample, time and event; y has 1" fit counts cox
refused "1 for the event or 0" fit prices cox
refused "fit.loss=poisson is for counts, 0 or more" fit prices poisson
refused "expected rising numbers between 0 and 1" fit prices pinball fit.quantiles=0.9,0.1
refused "expected rising numbers between 0 and 1" fit prices pinball fit.quantiles=0.5,
refused "does not fit this target" fit counts ordinal
refused "ridge does not predict risks" "$recraft" fit --data patients --method ridge --set fit.loss=cox --out plain
refused "ordinal is for grades" "$recraft" fit --data grades --method ordinal --out plain
refused "not for ordered ones" fit grades ordinal fit.calibrate=true
refused "choose --to npz" "$recraft" export --run pinball --to onnx --out q.onnx
refused "fit.mixup does not go with fit.loss=cox" fit patients cox fit.mixup=0.2
refused "fit.loss=cox needs a time from 0" "$recraft" eval --run cox --data prices --quiet
# hostile WORDS RUN DATA KEY JSON ...: a model file that says another loss than it was made with.
hostile() {
    local words=$1 run=$2 data=$3
    cp $run/model.safetensors kept
    python3 "$here/edit_task.py" $run/model.safetensors "${@:4}"
    refused "$words" "$recraft" eval --run $run --data $data --quiet
    mv kept $run/model.safetensors
}
hostile "is not one of its target" ordinal grades loss '"cox"' metric '"1-concordance"'
hostile "does not fit the model's head" poisson counts loss '"cox"' metric '"1-concordance"'
"$recraft" fit --data patients --method majority --out plain --quiet >/dev/null
hostile "the wrong shape" plain patients loss '"cox"' metric '"1-concordance"' outputs 1
# Points that are not known: plain predictors take their mean, and clusters for stage 1 are found all the same.
python3 - "$here" <<'P'
import os, sys
sys.path.insert(0, sys.argv[1])
import npy
nan = float("nan")
gaps = lambda i, k: nan if (i + k) % 2 else 5 + k % 3
for name, kind, of in (("gaps", "<f4", gaps), ("holes", "<i8", lambda i, k: (i + k) % 3 - 1)):
    os.mkdir(name)
    for part in ("train", "test"):
        npy.write(f"{name}/x_{part}.npy", "<f4", (12, 1, 16), [(i * 7 % 11) / 11 for i in range(12 * 16)])
        npy.write(f"{name}/y_{part}.npy", kind, (12, 16), [of(i, k) for i in range(12) for k in range(16)])
P
"$recraft" fit --data gaps --method majority --out mean --quiet >/dev/null
"$recraft" predict --run mean --input gaps/x_test.npy --output mean.npy --quiet >/dev/null
check "gaps: a plain predictor says the mean of what is known" python3 -c "
import sys
sys.path.insert(0, '$here')
import npy
_, p = npy.read('mean.npy')
assert all(abs(p[k] - 5 - k % 3) < 1e-4 for k in range(16)), p[:16]"
check "holes in a mask: stage 1 learns" "$recraft" fit --data holes --out holes-run ${small/nft/recraft} \
    --set align.epochs=1 --set fit.epochs=1
exit $failed
