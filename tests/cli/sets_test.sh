#!/usr/bin/env bash
# A source of several labelled sets, each with a head: built, shown, measured, trained from, cut and resumed; the same
# set twice is as once.
# $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive
python3 "$here/make_signals.py" data || exit 1
python3 "$here/make_model_folder.py" "$here/../data/bert/bert.safetensors" bert || exit 1
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' the cat dog saw a man in paris london . ? who what is on at of \
    to >bert/vocab.txt
printf 'text,label\n' >texts.csv
for _ in 1 2 3 4 5 6; do
    printf 'the cat saw a man.,told\nwho is in paris?,asked\n' >>texts.csv
    printf 'the O\ncat O\nsaw O\nparis B-LOC\n. O\n\nwho O\nis O\nin O\nlondon B-LOC\n? O\n\n' >>words.conll
done
small=(--set source.head_epochs=1 --set source.recalibration_epochs=1)
check "one set" "$recraft" source build --model bert --data texts.csv --out one.safetensors --quiet "${small[@]}"
check "it twice" "$recraft" source build --model bert --data texts.csv --data texts.csv --out twins.safetensors \
    --quiet "${small[@]}"
check "two sets" "$recraft" source build --model bert --data texts.csv "${small[@]}" --data words.conll \
    --out two.safetensors --quiet
refused "no texts" "$recraft" source build --model bert --data texts.csv --data data/table --out no.safetensors --quiet
check "nothing is left of it" test ! -e no.safetensors
"$recraft" source show two.safetensors --json >shown
check "each is shown" python3 - <<'END'
import json
j = json.load(open("shown"))
sets = j["card"]["sets"]
assert j["classes"] == sum(s["classes"] for s in sets) and j["features"] == sum(s["features"] for s in sets), j
assert [s["labels_of"] for s in sets] == ["texts", "words"], j
assert all("accuracy" in s["after_recalibration"] for s in sets), j
END

for sets in '[]' '{}' '[{"classes": 4, "features": 24}]' '[{"classes": 2, "features": 12}, {"classes": 2}]' \
    '[{"classes": 2, "features": 12}, {"classes": 2, "features": 11}]' \
    '[{"classes": 5, "features": 12}, {"classes": -1, "features": 12}]' \
    '[{"classes": 2, "features": 12}, {"classes": 9223372036854775807, "features": 12}]' \
    '[{"classes": 2, "features": 12}, {"classes": 2, "features": 9223372036854775807}]' \
    '[{"classes": 3, "features": 12}, {"classes": 1, "features": 12}]' \
    '[{"classes": 2, "features": 36}, {"classes": 2, "features": -12}]'; do
    cp two.safetensors bad.safetensors && python3 "$here/edit_safetensors.py" bad.safetensors metadata sets "$sets"
    refused '"sets" is damaged' "$recraft" source show bad.safetensors
done
cp two.safetensors bad.safetensors && python3 "$here/edit_safetensors.py" bad.safetensors metadata sets \
    '[{"classes": 2, "features": 10}, {"classes": 2, "features": 14}]'
refused 'labels are 2 to 3' "$recraft" source show bad.safetensors

"$recraft" align --data data/table --source two.safetensors,twins.safetensors,one.safetensors --page page.html \
    --json --resamples 0 >measured
check "terms of each" python3 - <<'END'
import json
two, twins, one = (s for s in json.load(open("measured"))["sources"])
stage = two["stages"][0]
assert abs(sum(s["weight"] for s in stage["sets"]) - 1) < 1e-9, stage
told = sum(s["information"] for s in stage["sets"])
for s in stage["sets"]:
    assert abs(s["weight"] - s["information"] / told) < 1e-6, stage
for key in ("bound", "transport", "conditional_entropy", "w1"):
    assert abs(stage[key] - sum(s["weight"] * s[key] for s in stage["sets"])) < 1e-6 * abs(stage[key]), key
assert "sets" not in one["stages"][0] and len(two["sets"]) == 2 and "accuracy" in two["sets"][1]
for key in ("bound", "transport", "conditional_entropy", "information", "leep"):
    a, b = one["stages"][0][key], twins["stages"][0][key]
    assert abs(a - b) < 1e-5 * abs(a) + 1e-9, (key, a, b)
for a, b in zip(one["stages"][0]["distances"], twins["stages"][0]["distances"]):
    # Covariances and bandwidths count samples, and those are twice as many.
    assert a["name"] in ("gaussian", "coral", "mmd") or abs(a["value"] - b["value"]) < 1e-4 * a["value"], (a, b)
END
check "a page has them" grep -q 'Its labelled sets' page.html
check "a table has them" bash \
    -c "'$recraft' align --data data/table --source two.safetensors --resamples 0 --distances w1 --quiet | grep -q '^words.conll'"

fit() { "$recraft" fit --data data/table --source "$1.safetensors" --out "$2" --quiet --set fit.epochs=1 \
    --set fit.warmup=0 --set align.epochs=12 "${@:3}"; }
check "a run" fit two whole --method recraft
check "it says what they weigh" python3 - <<'END'
import json
sets = json.load(open("whole/result.json"))["source_sets"]
lines = [json.loads(line) for line in open("whole/metrics.jsonl")]
aligned = [line for line in lines if line["stage"] == "align"]
assert [s["classes"] for s in sets] == [2, 2] and abs(sum(s["weight"] for s in sets) - 1) < 1e-9, sets
for line in aligned:
    assert [s["weight"] for s in line["sets"]] == [s["weight"] for s in sets], line
    told = sum(s["weight"] * s["conditional_entropy"] for s in line["sets"])
    assert abs(told - line["conditional_entropy"]) < 1e-6 and len(line["usage"]) == 4, line
END
"$recraft" report --run whole --quiet
check "so does its page" grep -q 'Labelled sets of the source' whole/report.html
cut_at 3 cut "$recraft" fit --data data/table --source two.safetensors --out cut --quiet --set fit.epochs=1 \
    --set fit.warmup=0 --set align.epochs=12 --method recraft
if [ ! -f cut/result.json ]; then
    cp -r cut hurt && python3 "$here/edit_safetensors.py" hurt/checkpoint/state.safetensors position set_weights \
        '[0.7, 0.7]'
    refused "the position in the checkpoint is damaged" "$recraft" fit --data data/table --source two.safetensors \
        --out hurt --quiet --set fit.epochs=1 --set fit.warmup=0 --set align.epochs=12 --method recraft --resume
    python3 "$here/edit_safetensors.py" hurt/checkpoint/state.safetensors position set_weights '[0.5, 0.25, 0.25]'
    refused "weights of 3 labelled sets, and the source has 2" "$recraft" fit --data data/table \
        --source two.safetensors --out hurt --quiet --set fit.epochs=1 --set fit.warmup=0 --set align.epochs=12 \
        --method recraft --resume
    check "goes on" fit two cut --method recraft --resume
fi
check "the same bits" cmp cut/model.safetensors whole/model.safetensors
for method in fa orca; do
    check "$method" fit two of-$method --method $method
    check "weighs them too" grep -q source_sets of-$method/result.json
done
for source in one twins; do
    check "of $source" fit $source of-$source --method recraft
done
check "the same set twice is as once" python3 - <<'END'
import json
for a, b in zip(open("of-one/metrics.jsonl"), open("of-twins/metrics.jsonl")):
    a, b = json.loads(a), json.loads(b)
    for key in ("loss", "distance", "conditional_entropy", "information", "valid_loss"):
        if key in a:
            assert abs(a[key] - b[key]) < 1e-3 * abs(a[key]) + 1e-6, (key, a, b)
END
for data in "" "--data texts.csv"; do
    refused "a source of 2 labelled sets" "$recraft" distill --teacher two.safetensors --layers 1 $data \
        --out no.safetensors --quiet
done
# What the model has learnt from, by the card.
check "a card that says it" "$recraft" source build --model bert --data texts.csv --data words.conll "${small[@]}" \
    --set source.learnt_from=tables,table,digits --out knows.safetensors --quiet
told='knows.safetensors has learnt from table: scores of models from it are too good'
dry() { "$recraft" fit --data "data/$1" --source knows.safetensors --method nft --dry-run --json --quiet; }
check "foreseen" bash -c "'$recraft' fit --data data/table --source knows.safetensors --method nft --dry-run --json \
    --quiet | grep -q '$told'"
dry noisy >other.json
check "and of no other data" bash -c "grep -q seconds other.json && ! grep -q 'learnt from' other.json"
check "a run from it" fit knows learnt --method nft
check "says so" grep -q "$told" learnt/result.json
check "from its architecture alone" fit knows forgot --method scratch
check "nothing is known" bash -c "! grep -q 'learnt from' forgot/result.json"
check "from two architectures" "$recraft" fit --data data/table --source knows.safetensors,one.safetensors \
    --out forgot-both --quiet --method scratch --set fit.epochs=1
check "nothing is known, either" bash -c "! grep -q 'learnt from' forgot-both/result.json"
check "auto" fit knows tried --set fit.budget=0
check "says it, too" grep -q "$told" tried/result.json
check "one reads the first" fit two of-mona --method mona
check "which it says" grep -q 'this method reads only the first of the 2 labelled sets of two.safetensors' \
    of-mona/result.json
exit $failed
