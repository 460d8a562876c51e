#!/usr/bin/env bash
# Texts as one input among several, through the program. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=1 PYTHONPATH=$here
python3 "$here/make_model_folder.py" "$here/../data/bert/bert.safetensors" bert || exit 1
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' the cat dog saw a man in paris london . ? who what is on at of \
    to >bert/vocab.txt
python3 - <<'PY' || exit 1
import json, random
random.seed(3)
told = ("the cat saw a man in paris.", "a dog saw the cat.", "the man saw the dog in london.")
asked = ("who is in paris?", "what is on?", "who saw the man at paris on the what?")
with open("texts.csv", "w") as f:
    f.write("text,label\n" + "".join("%s,%s\n" % (random.choice(t), k) for _ in range(6)
        for k, t in (("told", told), ("asked", asked))))
def row(i): # the kind is known from both together alone
    question, large = i % 2, i // 2 % 2
    text = "" if i == 5 else random.choice((told, asked)[question]) + " " + " ".join(
        random.choice(("the cat", "a dog", "of london")) for _ in range(i % 5))
    return "%.3f,%.3f,%s" % (2 * large - 1 + random.gauss(0, .2), random.random(),
        text), ("same", "other")[question ^ large]
with open("both.csv", "w") as f, open("new.csv", "w") as new:
    f.write("size,noise,the report,kind\n")
    new.write("the report,size,noise\n")
    for i in range(64):
        cells, kind = row(i)
        f.write("%s,%s\n" % (cells, kind))
        size, noise, text = cells.split(",")
        if i < 8: new.write("%s,%s,%s\n" % (text, size, noise))
with open("four.csv", "w") as four, open("xor.csv", "w") as xor:
    for f in (four, xor):
        f.write("size,noise,report,kind\n")
    for i in range(200): # four kinds, of which either input tells half; two, of which it tells nothing
        question, large = i % 2, i // 2 % 2
        cells = "%.3f,%.3f,%s" % (2 * large - 1 + random.gauss(0, .2), random.random(),
            random.choice((told, asked)[question]))
        four.write("%s,%s\n" % (cells, ("told", "asked")[question] + ("-small", "-large")[large]))
        xor.write("%s,%s\n" % (cells, ("same", "other")[question ^ large]))
PY
check "a source of texts" "$recraft" source build --model bert --data texts.csv --out texts.safetensors --quiet \
    --set source.head_epochs=1 --set source.recalibration_epochs=1
import() { "$recraft" data import both.csv --label kind --quiet "$@"; }
says() { python3 -c "import json; r = json.load(open('$1')); assert $2, r"; }
small=(--source texts.safetensors --quiet --set fit.batch=8 --set fit.warmup=0 --set model.table=columns)
fit() { "$recraft" fit "${small[@]}" --out "$@"; } # fit NAME --data DATA ...

for set in four xor; do
    "$recraft" data import $set.csv --label kind --texts report --out $set --quiet >/dev/null
    "$recraft" data import $set.csv --label kind --drop report --out $set-numbers --quiet >/dev/null
    python3 -c "import csv, json; [print(json.dumps({'text': r['report'], 'label': r['kind']})) for r in csv.DictReader(open('$set.csv'))]" >$set.jsonl
    mkdir $set-text && head -160 $set.jsonl >$set-text/train.jsonl && tail -40 $set.jsonl >$set-text/test.jsonl
done
learn() { fit "$@" --method nft --set fit.lr=0.003 --set fit.opponents=no; } # learn NAME --data DATA ...
check "four kinds from text and number together" learn of-four --data four --set fit.epochs=20
check "are learnt" says of-four/result.json 'r["test"] <= 0.1'
check "what each of the two says of the other" learn of-xor --data xor --set fit.epochs=60
check "is learnt" says of-xor/result.json 'r["test"] <= 0.1'
check "by bodies whose answers are added up" learn added --data xor --set fit.epochs=60 --set model.fusion=late \
    --set model.head=mean
check "it cannot be" says added/result.json 'r["test"] >= 0.2'
for set in four xor; do
    for one in numbers text; do
        check "$set: its $one alone" learn $set-by-$one --data $set-$one --set fit.epochs=20
        check "tells too little" says $set-by-$one/result.json 'r["test"] >= 0.3'
    done
done

check "without being asked, long texts are left out" import --out none
check "which is told" says none/import.json '"which --texts reads as an input" in r["columns"][2]["use"]'
check "imports" import --out both --texts "the report"
check "with the gap" says both/import.json \
    '"\"the_report\": rows without a text: 1; they lack this input" in r["notes"]'
check "texts as they are" bash \
    -c "grep -q '^\"[a-z]' both/x_train.the_report.jsonl && grep -hc '^null$' both/x_*.jsonl | grep -q 1"
python3 - <<'PY' || exit 1
says = ["\n\n", "", "  \t", " a word\n", "who", "what", "on", "at"]
with open("gaps.csv", "w") as csv, open("gaps.jsonl", "w") as lines, open("gaps.arff", "w") as arff:
    csv.write("size,say,kind\n")
    arff.write("@relation gaps\n@attribute size numeric\n@attribute say string\n@attribute kind {a, b}\n@data\n")
    for i in range(24):
        size, say, kind = i * 7 % 10 + 0.5, says[i % 8], "ab"[i % 2]
        csv.write('%s,"%s",%s\n' % (size, say, kind))
        lines.write('{"size": %s, "say": "%s", "kind": "%s"}\n'
            % (size, say.replace("\n", "\\n").replace("\t", "\\t"), kind))
        arff.write("%s,'%s',%s\n" % (size, say.replace("\n", " "), kind))
PY
for form in csv jsonl arff; do
    check "$form: texts of blanks and line breaks alone are none" "$recraft" data import gaps.$form --label kind \
        --texts say --out gaps-$form --quiet
    check "which is told" says gaps-$form/import.json \
        '"\"say\": rows without a text: 9; they lack this input" in r["notes"]'
    check "as the files have it" test "$(cat gaps-$form/x_*.say.jsonl | grep -c '^null$')" -eq 9
done
"$recraft" data show both --json >shown.json
check "shows the inputs" says shown.json \
    'r["inputs"] == {"x": "table", "the_report": "texts"} and r["train"]["the_report"]["texts"] == r["train"]["n"]'
check "what lacks its text" says shown.json 'sum(r[p]["the_report"].get("absent", 0) for p in ("train", "test")) == 1'
mkdir numpy && cp both/*.npy both/*.jsonl numpy
python3 - <<'PY' || exit 1
import glob, json, os
for path in glob.glob("numpy/*.jsonl"): # as np.save writes texts
    texts = [(json.loads(line) or "").encode() for line in open(path)]
    width = max(map(len, texts))
    head = "{'descr': '|S%d', 'fortran_order': False, 'shape': (%d,), }" % (width, len(texts))
    head += " " * (117 - len(head)) + "\n"
    with open(path[:-5] + "npy", "wb") as f:
        f.write(b"\x93NUMPY\1\0" + len(head).to_bytes(2, "little") + head.encode()
            + b"".join(t.ljust(width, b"\0") for t in texts))
    os.remove(path)
PY

check "fits early" fit early --method nft --data both --set fit.epochs=2
check "tells what each input is worth" says early/result.json 'sorted(r["test_without"]) == ["the_report", "x"]'
check "opponents read no texts, which is told" says early/result.json \
    'any("read only the inputs that are numbers, not texts" in n for n in r["notes"]) and "forest" in r["opponents"]'
check "with a body each" fit late --method nft --data both --set model.fusion=late --set fit.epochs=2 \
    --set fit.opponents=no
brief=(--set fit.epochs=2 --set fit.opponents=no)
check "fits for two epochs" fit two --method nft --data both "${brief[@]}"
cut_at 1 cut "$recraft" fit "${small[@]}" "${brief[@]}" --method nft --data both --out cut
check "goes on after a cut" fit cut --method nft --data both "${brief[@]}" --resume=auto
check "to the same bits" cmp two/model.safetensors cut/model.safetensors
check "fits NumPy's texts" fit packed --method nft --data numpy "${brief[@]}"
check "alike" bash -c "'$recraft' eval --run packed --quiet --json | grep -q test_without"
check "imports and fits at once" fit table --method nft --data both.csv --label kind --texts "the report" "${brief[@]}"
check "to the same bits" python3 "$here/same_tensors.py" two/model.safetensors table/model.safetensors '*'
check "with stage 1" fit aligned --method recraft --data both --set align.epochs=1 "${brief[@]}"
check "which has a distance for each input" grep -q '"distances": {"x": [0-9.]*, "the_report": [0-9.]*}' \
    aligned/metrics.jsonl
check "auto takes one source" fit auto --method auto --data both "${brief[@]}"
for run in early late; do
    check "evaluates $run" "$recraft" eval --run $run --quiet
    check "predicts by $run" "$recraft" predict --run $run --input new.csv --output $run.csv --quiet
    check "embeds by $run" "$recraft" embed --run $run --input new.csv --output $run.npy --quiet
done
check "reports" "$recraft" report --run early --quiet
check "which input the answers depend on" grep -q '<figcaption>Inputs</figcaption>' early/report.html
check "samples with their texts" grep -Eq '<blockquote><b>the_report</b>: [a-z]+ ' early/report.html
check "how much each column counts in them" grep -q '<td class=depends><svg' early/report.html
check "and each piece of a text" grep \
    -Eq '<p class=tokens><span style="background:rgba\(42,111,176,0\.[0-9]+\)"> \[CLS\]</span>' early/report.html
# distill NAME --teacher RUN ...
distill() { "$recraft" distill --quiet --set fit.batch=8 --set model.table=columns "${brief[@]}" --out "$@"; }
check "distils to fewer layers" distill fewer --teacher early --data both --layers 1
check "teacher and student side by side" says fewer/result.json \
    'len(r["layers"]) == 1 and {"student", "teacher"} <= set(r["distillation"]) and r["distillation"]["student"]["parameters"] < r["distillation"]["teacher"]["parameters"]'
check "of the teacher's own data" distill source --teacher early --student texts.safetensors
check "to random weights" distill other --teacher early --data both --student bert/config.json
check "with a body each" distill both-late --teacher late --data both --layers 1 --set model.fusion=late
# samples without labels whose texts are longer than those of any batch with labels
cp -r both longer && cp both/x_train.npy longer/x_unlabelled.npy
python3 - <<'PY' || exit 1
import json
texts = [json.loads(line) for line in open("both/x_train.the_report.jsonl")]
with open("longer/x_unlabelled.the_report.jsonl", "w") as f:
    f.writelines(json.dumps(t and " ".join([t] * 8)) + "\n" for t in texts)
PY
# learnt RUN CONDITION: of r, by epochs
learnt() { python3 -c \
    'import json, sys; r = [v for v in (json.loads(l).get("attention") for l in open(sys.argv[1])) if v is not None]; assert r and (lambda r: '"$2"')(r), r' "$1/metrics.jsonl"; }
for fusion in early late; do
    check "how tokens relate, $fusion" distill related-$fusion --teacher $fusion --data both \
        --student bert/config.json --set model.fusion=$fusion --set distill.attention=10 --set distill.answers=0 \
        --set distill.features=0 --set fit.epochs=20 --set fit.lr=0.003 --set fit.patience=0
    check "is learnt" learnt related-$fusion '0 < r[-1] < 0.7 * r[0]'
    check "also of longer samples without labels" distill more-$fusion --teacher $fusion --data longer \
        --student bert/config.json --set model.fusion=$fusion --set distill.attention=1
    check "all of it as student" distill same-$fusion --teacher $fusion --data both --layers 3 \
        --set model.fusion=$fusion --set distill.attention=1 --set fit.lr=1e-9
    check "which attends as it does" learnt same-$fusion 'abs(r[-1]) < 1e-5'
done
refused "one body for all inputs; give model.fusion=early" "$recraft" distill --teacher early --data both \
    --student bert/config.json --set model.fusion=late --set distill.attention=1 --out never \
    --quiet --set model.table=columns
refused "a body for each input; give model.fusion=late" "$recraft" distill --teacher late --data both \
    --student bert/config.json --set distill.attention=1 --out never --quiet --set model.table=columns
again=(--teacher early --data both --layers 1 --set fit.epochs=30)
check "a longer one" distill whole-small "${again[@]}"
cut_at 1 cut-small "$recraft" distill --quiet --set fit.batch=8 --set model.table=columns "${brief[@]}" "${again[@]}" \
    --out cut-small
check "goes on after a cut" distill cut-small "${again[@]}" --resume=auto
check "to the same bits" cmp whole-small/model.safetensors cut-small/model.safetensors
for run in fewer source other both-late; do
    check "the student $run answers" "$recraft" predict --run $run --input new.csv --output $run.csv --quiet
done
refused "swin-mini does not take texts" "$recraft" distill --teacher early --data both --student swin-mini --out never \
    --quiet
"$recraft" eval --run early --data both.csv --json --quiet >raw.json
check "scores a table" says raw.json '"test_without" in r'
mkdir new && cp both/x_test.npy new/x.npy && cp both/x_test.the_report.jsonl new/x.the_report.jsonl
check "predicts of a folder" "$recraft" predict --run early --input new --output folder.csv --quiet
cut -d, -f2- new.csv >half.csv
"$recraft" predict --run early --input half.csv --output half_answer.csv --json --quiet >half.json
check "a column that is not there is a missing input" says half.json '"there is no column \"the report\"" in r["notes"]'
(head -1 new.csv; python3 -c 'print("the cat saw " * 40 + ",1,0.5")') >long.csv
"$recraft" predict --run early --input long.csv --output long_answer.csv --json --quiet >long.json
check "what is longer is cut, and told" says long.json 'any("1 texts have more than" in n for n in r["notes"])'

refused "texts are among its inputs, and the source swin-mini was not trained on text" "$recraft" fit \
    --source swin-mini --method nft --data both --out no --quiet
refused "which a source that was trained on text reads" "$recraft" fit --source texts.safetensors,swin-mini \
    --method nft --data both --out no --quiet
refused "the method ridge" "$recraft" fit --method ridge --data both --out no --quiet
refused "fit.augment and fit.mixup are for numbers" fit no --method nft --data both --set fit.augment=jitter
refused "texts have no fixed length" fit no --method nft --data both --set model.head=flatten
refused "\"size\" holds numbers, not texts" import --out no --texts size
refused "is named twice, or the label" import --out no --texts kind
refused "no column is left as input besides texts" import --out no --texts "the report" --drop size,noise
bad() { rm -rf bad && cp -r both bad && (cd bad && eval "$1") && refused "$2" "$recraft" data show bad; }
bad "echo 3 >>x_train.the_report.jsonl" ": not a text in quotes, nor null"
bad "sed -i 1d x_train.the_report.jsonl" "samples, x_train.the_report has"
bad "rm x_test.the_report.jsonl" "x_test is there and x_test.the_report is missing"
bad "rm x_test.the_report.jsonl; cp x_test.npy x_test.the_report.npy" \
    "x_test.the_report holds numbers here and texts in another part"
exit $failed
