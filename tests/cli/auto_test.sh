#!/usr/bin/env bash
# `recraft fit` without a method: candidates, their combination, what becomes of it. $1: the program, $2: a scratch
# folder.
set -u
. "$(dirname "$0")/checks.sh"
mkdir -p home/sources
export RECRAFT_HOME=home OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive
python3 "$here/make_signals.py" data || exit 1
python3 "$here/make_tiny_bert.py" home/sources/minilm.safetensors || exit 1
small=(--quiet --set fit.epochs=2 --set fit.batch=8 --set align.epochs=2 --set fit.time_limit=1000)
fit() { "$recraft" fit --data "data/$1" --out "$2" "${small[@]}" "${@:3}"; }
# says RUN EXPRESSION: of its result r, and its candidates c by name.
says() { python3 -c "import json; r = json.load(open('$1/result.json')); c = {k['name']: k for k in r['candidates']}; assert $2, r"; }
number_of() { grep -o "\"$1\": [0-9.e-]*" "$2" | head -n 1; }

# run DATA SHAPE: fits, is scored again, predicts.
run() {
    check "$1: fits" fit "$1" "$1" "${@:3}"
    check "$1: weights are shares" says "$1" \
        'abs(sum(k["weight"] for k in c.values()) - 1) < 1e-6 and min(k["weight"] for k in c.values()) >= 0'
    check "$1: the validation score is said to be fitted" says "$1" \
        'any("fitted to the same samples" in n for n in r["notes"])'
    check "$1: candidates and members are of the sources that they are called by" python3 -c 'import json, pathlib, sys
run = pathlib.Path(sys.argv[1])
told = {k["name"]: k.get("source", "") for k in json.load(open(run / "result.json"))["candidates"]}
members = {m.name: json.load(open(m / "run.json")).get("source", "") for m in (run / "members").glob("*")}
assert members, told
assert all(name.startswith(source) for name, source in [*told.items(), *members.items()]), (told, members)' "$1"
    "$recraft" eval --run "$1" --json >eval.out
    check "$1: evaluation agrees with the run" test "$(number_of test_loss eval.out)" = \
        "$(number_of test_loss "$1/result.json")"
    "$recraft" predict --run "$1" --input "data/$1/x_test.npy" --output answer.npy --quiet >/dev/null
    check "$1: predictions are $2" grep -aqF "'shape': ($2)" answer.npy
    check "$1: has a page" "$recraft" report --run "$1" --seconds 1 --quiet
}
run classes "8, 3"
check "plain, frozen and fine-tuned" says classes \
    '{"ridge", "svm", "forest", "kernels", "minilm-frozen", "minilm-nft", "swin-mini-frozen", "swin-mini-nft"} <= set(c)'
check "waves are told apart" says classes 'r["test"] == 0'
check "the worse are dropped, the best goes on" says classes \
    'sum(k["dropped"] for k in c.values()) == 5 and max(k.get("epochs", 0) for k in c.values()) == 2'
check "other layouts are tried" says classes \
    '{"minilm-coarse-frozen", "minilm-windows-frozen", "minilm-apart-frozen"} <= set(c)'
check "sources are ranked by probe and W1" says classes \
    '[s["source"] for s in r["sources"]] == ["swin-mini", "minilm"] and all(s["w1"] > 0 for s in r["sources"])'
check "opponents beside it" says classes '"forest" in r["opponents"]'
check "the best first" says classes \
    '[k.get("out_of_fold", k["valid"]) for k in r["candidates"]] == sorted(k.get("out_of_fold", k["valid"]) for k in c.values())'
check "closed forms are scored out of fold, fine-tuned models are not" says classes \
    'all(("out_of_fold" in k) == (not k.get("epochs")) for k in c.values())'
check "in time" says classes 'r["time_limit_exceeded"] is False'
check "the page has all candidates" bash \
    -c 'n=$(grep -o "<tr><th>[a-z-]*</th>" classes/report.html | grep -cE "ridge|svm|forest|frozen|nft|norms|slow|recraft"); [ $n -ge 11 ] &&
    grep -q "dropped fit.train=norms" classes/report.html'
check "and the sources that it tried" grep -q "<p>sources tried: .*(share of the answer: [0-9]* %)" classes/report.html
check "candidates are gone, members stay" test ! -e classes/candidates -a -d classes/members
run amounts "8, 2" --set fit.budget=1
# What auto has learnt from at last, its opponents have too: the same forest as one that is given all labels.
"$recraft" fit --data data/amounts --method forest --out forest --quiet --set data.valid_fraction=0 --json >forest.out
check "opponents have the same labels" python3 -c 'import json
a, b = json.load(open("amounts/result.json"))["opponents"]["forest"]["test"], json.load(open("forest.out"))["test"]
assert abs(a - b) < 1e-4 * b, (a, b)'
# A member that cannot learn once more, here because another run has its folder, leaves its share to the others.
all=(--set fit.budget=0 --set fit.combine=average)
fit amounts shared "${all[@]}" >/dev/null
member=$(ls shared/members | tail -n 1)
rm shared/result.json && rm -r shared/members && mkdir shared/members && cp -r forest "shared/members/$member"
check "goes on without a member" fit amounts shared "${all[@]}" --resume
check "says so" says shared \
    'len(r["notes"]) > 0 and any("learning once more from all labels, is left out" in n for n in r["notes"])'
check "the others share its weight" says shared \
    'abs(sum(k["weight"] for k in c.values()) - 1) < 1e-6 and "'"$member"'" not in [
    n for n in c if c[n]["weight"] > 0]'
run labels "8, 2" --set fit.budget=0
run table "8, 2"
run picture "8, 4, 6" --set fit.budget=1
check "columns as tokens are tried" says table 'c["minilm-columns-frozen"]["settings"] == ["model.table=columns"]'
# Presets, and one predictor alone.
"$recraft" fit --data data/table --out single --fast --quiet --set fit.batch=8 --set fit.epochs=1 --set fit.budget=0 \
    --set fit.combine=no >/dev/null
check "--fast is a minute" grep -q 'time_limit: 60$' single/config.yaml
check "what is set besides wins" grep -q 'epochs: 1$' single/config.yaml
check "one predictor alone" says single \
    'r["combined"] is False and sorted(k["weight"] for k in c.values())[-2:] == [0, 1]'
# By all labelled samples they are weighed freely; by a validation part alone, noise must be exceeded.
fit noisy noisy --source swin-mini --set fit.budget=0 >/dev/null
check "several answer without being better by more than noise" says noisy 'r["combined"] is True'
cp -r data/noisy data/apart
for of in x y; do cp data/noisy-again/${of}_train.npy data/apart/${of}_valid.npy; done
fit apart apart --source swin-mini --set fit.budget=0 >/dev/null
check "but not where a validation part alone judges" says apart 'r["combined"] is False'
check "one source, when one is named" says picture 'not any("minilm" in n for n in c)'
budget=$(number_of budget table/result.json)
check "the same bits from the same budget, whatever the clock" bash \
    -c "$(declare -f fit); here=.; recraft='$recraft'; small=(${small[*]}); fit table again --set fit.time_limit=1 --set fit.budget=${budget##* } && cmp again/model.safetensors table/model.safetensors &&
    for m in again/members/*; do cmp \$m/model.safetensors table/members/\${m##*/}/model.safetensors || exit 1; done"
check "a complete run is told again" bash \
    -c "'$recraft' fit --data data/table --out table ${small[*]} --resume --json | grep -q weight_of_sources"

# Cut while candidates are tried, and gone on with.
"$recraft" fit --data data/table --out cut "${small[@]}" 2>/dev/null &
job=$!
for _ in $(seq 2000); do
    grep -q budget cut/search.json 2>/dev/null && break
    kill -0 $job 2>/dev/null || break
    sleep 0.002
done
kill -INT $job
wait $job
check "is cut" test $? -eq 130
# What has come since then is not tried.
cp home/sources/minilm.safetensors home/sources/later.safetensors
check "goes on" "$recraft" fit --data data/table --out cut "${small[@]}" --resume
check "to the same bits" cmp cut/model.safetensors table/model.safetensors
check "a source that came later is named, not tried" says cut \
    'any("later was not here" in n for n in r["notes"]) and not any("later" in n for n in c)'
rm home/sources/later.safetensors

# What a candidate cannot do is no reason against it where it is the machine's fault.
(ulimit -f 200 && fit table full --set fit.budget=0) >out 2>err
check "a full disk is not a candidate left out" test $? -eq 1 -a "$(grep -c 'left out' err)" -eq 0

refused "cannot be used together" fit table never --fast --best
refused "no source of this name" fit table never --source nosuch
refused "belongs to the method auto, not to forest" fit table never --best --method forest

# Without the text model, and without validation.
RECRAFT_HOME=nowhere "$recraft" fit --data data/table --out alone "${small[@]:1}" --set fit.budget=0 >out 2>err
check "what is not here is said" grep -q 'minilm is not here' err
refused "chooses by validation data, and there are none" fit table never --set data.valid_fraction=0
cp -r data/table data/weighted
(cd "$here" && python3 -c 'import sys, npy; npy.write(sys.argv[1], "<f4", (24,), [1.0, 3.0] * 12)' \
    "$scratch/data/weighted/weight_train.npy")
check "weights of samples are taken" fit weighted weighted --set fit.budget=0 --set data.limit_train=12

# Sources that are called alike, and by what no source is called; one whose file has dots in its name, far down.
mkdir -p alike/sources
cp home/sources/minilm.safetensors alike/sources/a-model-of-which-the-name-is-long-1.safetensors
cp home/sources/minilm.safetensors alike/sources/a-model-of-which-the-name-is-long-2.safetensors
cp home/sources/minilm.safetensors "alike/sources/copy (1).safetensors"
RECRAFT_HOME=alike fit table both --set fit.budget=0 >out 2>err
check "names that begin alike are told apart" says both \
    '{"a-model-of-which-the-nam-frozen", "a-model-of-which-the-n~2-frozen"} <= set(c)'
check "what is left out stands beside the result" says alone 'any("minilm is not here" in n for n in r["notes"])'
far=$(printf 'far%.0s' {1..50})
mkdir "$far" && cp home/sources/minilm.safetensors "$far/a..b.safetensors"
check "a source far down" fit table dots --source "$far/a..b.safetensors" --set fit.budget=0
check "is tried" says dots '"a..b.safetensors-frozen" in c'
check "and its run is read again" "$recraft" eval --run dots --quiet
refused "no such file" fit table never --source "$far/nosuch.safetensors"

# Cut while candidates went, after the result was there.
mkdir -p table/candidates/ridge
check "what was left behind goes" fit table table --resume
check "it is gone" test ! -e table/candidates

# Files that somebody made.
edit() { python3 - "$1" "$2" "$3" <<'END'
import sys
path, old, new = sys.argv[1:]
data = open(path, "rb").read()
assert old.encode() in data
old, new = old.encode(), new.encode().ljust(len(old.encode()))
data = data.replace(old, new).replace(b"recraft.checksum", b"recraft.checksun")
open(path, "wb").write(data)
END
}
member=$(basename "$(ls -d table/members/* | head -n 1)")
bent() { rm -rf bent && cp -r table bent && edit bent/model.safetensors "$@"; }
predict() { "$recraft" predict --run bent --input data/table/x_test.npy --output never.npy --quiet; }
bent "members/$member\\\"" "../table\\\""
refused 'is not a folder below the run' predict
bent "members/$member\\\"" ".\\\""
refused "cannot be combined again" predict
bent '\"weight\"' '\"weighs\"'
refused "weight is not from 0 to 1" predict
cp -r table bent2 && rm -r "bent2/members/$member"
refused "no such run folder" "$recraft" eval --run bent2 --quiet

exit $failed
