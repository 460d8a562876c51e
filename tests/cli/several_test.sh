#!/usr/bin/env bash
# One run from several sources: what is said before, the combination, what becomes of it. $1: the program, $2: a scratch
# folder.
set -u
. "$(dirname "$0")/checks.sh"
mkdir -p home/sources
export RECRAFT_HOME=home OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive
python3 "$here/make_signals.py" data || exit 1
python3 "$here/make_tiny_bert.py" home/sources/minilm.safetensors || exit 1
python3 "$here/make_tiny_bert.py" home/sources/other.safetensors roberta || exit 1
small=(--set fit.epochs=2 --set fit.batch=8 --set align.epochs=2)
fit() { "$recraft" fit --data "data/$1" --out "$2" "${small[@]}" "${@:3}"; }
# says RUN EXPRESSION: of its result r, and its candidates c by name.
says() { python3 -c "import json; r = json.load(open('$1/result.json')); c = {k['name']: k for k in r['candidates']}; assert $2, r"; }
number_of() { grep -o "\"$1\": [0-9.e-]*" "$2" | head -n 1; }

# Stage 1 and stage 2 from each, a line for each beforehand.
fit classes both --method recraft --source swin-mini,minilm >out 2>err
check "fits" test $? -eq 0
check "time and memory of each are said before" python3 -c 'import re
lines = open("err").read().splitlines()
first = next(i for i, l in enumerate(lines) if l.startswith("source swin-mini, 1 of 2"))
said = [l for l in lines[:first] if re.match(r"(swin-mini|minilm): about .* \(align .*fit .* MB of memory", l)]
assert len(said) == 2 and any(l.startswith("2 sources, one after the other: about") for l in lines[:first]), lines'
check "and kept beside the result" says both \
    '[s["source"] for s in r["foreseen"]["sources"]] == ["swin-mini", "minilm"] and r["foreseen"]["total_seconds"] > 0 and r["foreseen"]["peak_mb"] > 0'
check "a run of each source" says both \
    'set(c) == {"swin-mini", "minilm"} and all(k["method"] == "recraft" and k["epochs"] == 2 for k in c.values())'
check "each with a stage 1 of its own" bash \
    -c 'for s in swin-mini minilm; do grep -q "\"stage\": \"align\"" both/candidates/$s/metrics.jsonl || exit 1; done'
check "weights are shares" says both \
    'abs(sum(k["weight"] for k in c.values()) - 1) < 1e-6 and min(k["weight"] for k in c.values()) >= 0'
check "and said to be fitted" says both \
    'any("fitted to the same samples" in n for n in r["notes"]) and r["source"] == "swin-mini,minilm" and r["method"] == "recraft" and r["combine"] == "auto"'
check "opponents stand beside it" says both '"forest" in r["opponents"]'

# Ways to combine. The runs themselves are the same.
check "the best alone" fit classes best --method nft --source minilm,other --set fit.combine=best \
    --quiet --set fit.opponents=no
check "has all the weight" says best \
    'sorted(k["weight"] for k in c.values()) == [0, 1] and r["candidates"][0]["weight"] == 1 and r["combined"] is False'
check "the average" fit classes average --method nft --source minilm,other --set fit.combine=average \
    --quiet --set fit.opponents=no
check "is of equals" says average '[k["weight"] for k in c.values()] == [0.5, 0.5] and r["combined"] is True'
check "to which nothing was fitted" says average \
    'not any("fitted to the same samples" in n for n in r.get("notes", []))'
check "numbers" fit amounts stack --method nft --source minilm,other --set fit.combine=stack \
    --quiet --set fit.opponents=no
check "have weights that are chosen" says stack \
    'abs(sum(k["weight"] for k in c.values()) - 1) < 1e-6 and r["combine"] == "stack" and r["combined"] is (sum(k["weight"] > 0 for k in c.values()) > 1)'
fit classes alone --method nft --source other --quiet --set fit.opponents=no --set fit.test=false >/dev/null
check "a source alone gives the same run" cmp alone/model.safetensors best/candidates/other/model.safetensors

# What becomes of it.
"$recraft" eval --run average --json >eval.out
check "evaluation agrees with the run" test "$(number_of test_loss eval.out)" = \
    "$(number_of test_loss average/result.json)"
check "it predicts" "$recraft" predict --run average --input data/classes/x_test.npy --output answer.npy --quiet
check "the mean of both" python3 -c 'import struct, subprocess
def read(run):
    subprocess.run(["'"$recraft"'", "predict", "--run", run, "--input", "data/classes/x_test.npy",
        "--output", "one.npy", "--quiet"], check=True)
    data = open("one.npy", "rb").read()
    start = 10 + struct.unpack("<H", data[8:10])[0]
    return struct.unpack("<%df" % ((len(data) - start) // 4), data[start:])
both, a, b = read("average"), read("average/candidates/minilm"), read("average/candidates/other")
assert all(abs(x - (y + z) / 2) < 1e-6 for x, y, z in zip(both, a, b))'
check "it has a page, with both" bash \
    -c "'$recraft' report --run both --seconds 1 --quiet && grep -q 'source swin-mini,minilm' both/report.html && grep -q '<th>minilm' both/report.html"
refused "export the fine-tuned one of them: --run average/candidates/" "$recraft" export --run average --to npz \
    --out never.npz
refused "take those of one of them: --run average/candidates/" "$recraft" embed --run average \
    --input data/classes/x_test.npy --output never.npy
check "a complete run is told again" bash \
    -c "'$recraft' fit --data data/classes --out average --method nft --source minilm,other --set fit.combine=average --set fit.opponents=no ${small[*]} --resume --json | grep -q candidates"

# Only looked ahead.
check "a dry run" bash \
    -c "'$recraft' fit --data data/classes --method recraft --source minilm,other ${small[*]} --dry-run --json --quiet >dry.json"
check "says what each is going to take" python3 -c 'import json
r = json.load(open("dry.json"))
assert [s["source"] for s in r["sources"]] == ["minilm", "other"], r
assert all(s["seconds"]["align"] > 0 and s["seconds"]["fit"] > 0 and s["memory_mb"]["peak"] > 0
    for s in r["sources"]), r
assert abs(r["seconds"]["total"] - sum(s["seconds"]["total"] for s in r["sources"])) < 1e-9, r
assert r["memory_mb"]["peak"] > 0, r'

# Cut within the second source, and gone on with.
steady=(--method nft --source minilm,other --set fit.opponents=no --set fit.epochs=12)
check "a longer one" fit classes whole "${steady[@]}" --quiet
"$recraft" fit --data data/classes --out cut "${small[@]}" "${steady[@]}" --quiet 2>/dev/null &
job=$!
for _ in $(seq 2000); do
    [ "$(wc -l 2>/dev/null <cut/candidates/other/metrics.jsonl || echo 0)" -ge 2 ] && break
    kill -0 $job 2>/dev/null || break
    sleep 0.002
done
kill -KILL $job
wait $job 2>/dev/null
check "is cut" test ! -e cut/result.json
check "goes on" fit classes cut "${steady[@]}" --quiet --resume
check "what was foreseen before is kept" says cut \
    '[s["source"] for s in r["foreseen"]["sources"]] == ["minilm", "other"]'
check "to the same bits" bash \
    -c 'for f in model.safetensors candidates/minilm/model.safetensors candidates/other/model.safetensors; do cmp whole/$f cut/$f || exit 1; done'
refused "other data, source or method" fit classes whole "${steady[@]/minilm,other/other,minilm}" --quiet --resume

# One that fails in the middle, here because another run has its folder.
rm whole/result.json whole/model.safetensors && rm -r whole/candidates/other &&
    cp -r both/candidates/minilm whole/candidates/other
check "goes on without it" fit classes whole "${steady[@]}" --resume
check "says so, and the other answers" says whole \
    'any(n.startswith("other is left out") for n in r["notes"]) and [k["weight"] for k in c.values()] == [1]'

# With auto these are the sources that it tries.
check "auto from two" fit table auto --source minilm,other --set fit.budget=0 --set fit.time_limit=1000 --quiet
check "tries these" says auto '{s["source"] for s in r["sources"]} == {"minilm", "other"}'

# One, chosen among all at hand; a run that goes on keeps it.
check "chooses among all" fit table chosen --method nft --source auto --quiet --set fit.opponents=no
check "and says how" python3 -c 'import json
r = json.load(open("chosen/result.json"))
c = r["source_choice"]
assert [s["source"] for s in c["sources"]] == ["swin-mini", "minilm", "other"] and r["source"] == c["source"], r
assert c["source"] == min(c["sources"], key=lambda s: s[c["by"]])["source"], r'
check "a dry run chooses too" bash \
    -c "'$recraft' fit --data data/table --method nft --source auto ${small[*]} --dry-run --json --quiet | grep -q source_choice"
cp chosen/model.safetensors first.safetensors
rm -r chosen/result.json chosen/model.safetensors chosen/checkpoint &&
    mv home/sources/other.safetensors home/sources/a.safetensors
check "goes on with the source that was chosen" fit table chosen --method nft --source auto \
    --quiet --set fit.opponents=no --resume
check "to the same bits again" cmp first.safetensors chosen/model.safetensors
mv home/sources/a.safetensors home/sources/other.safetensors
refused "the method ridge has no source" fit table never --method ridge --source auto --quiet
refused "has a student instead" fit table never --method distill --source auto --quiet --set distill.teacher=chosen
refused "can be measured on table; name one" fit table never --method nft --source auto --set data.limit_train=3 --quiet

never() { fit classes never --quiet --method nft "$@"; }
refused "swin-mini is given twice" never --source swin-mini,minilm,swin-mini
refused "a name between commas is empty" never --source swin-mini,
refused "no source of this name" never --source swin-mini,nosuch
refused "the method ridge has no source" fit classes never --quiet --method ridge --source swin-mini,minilm
refused "chooses by validation data, and there are none" never --source swin-mini,minilm --set data.valid_fraction=0
refused "it takes" never --source swin-mini,minilm --set fit.combine=most
refused "fit.lora_from" never --source swin-mini,minilm --set fit.lora_from=adapters
refused "risks of several predictors have no common scale" fit amounts never --quiet --method nft \
    --source swin-mini,minilm --set fit.loss=cox --set fit.combine=average
printf 'text,label\none two,a\nthree,b\nfour five,a\nsix,b\n' >texts.csv
refused "the tokenizer of one source" "$recraft" fit --data texts.csv --method nft --source minilm,other --out never \
    --quiet
refused "texts are read with a source's tokenizer" "$recraft" fit --data texts.csv --method nft --source auto \
    --out never --quiet
refused "the source minilm: " fit classes never --quiet --method pare --source swin-mini,minilm

exit $failed
