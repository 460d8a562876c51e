#!/usr/bin/env bash
# Labelled texts and words on the command line: shown, fitted, predicted, resumed; wrong input refused in one line.
# $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive
fit() { "$recraft" fit --data "$1" --source texts.safetensors --method nft --out "${2:-no}" --quiet --set fit.epochs=2 \
    --set fit.warmup=0 "${@:3}"; }

python3 "$here/make_model_folder.py" "$here/../data/bert/bert.safetensors" bert || exit 1
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' the cat dog saw a man in paris london . ? who what is on at of \
    to >bert/vocab.txt
mkdir texts words
for part in train test; do
    printf 'text,label\n' >texts/$part.csv
    : >words/$part.conll
    for i in 1 2 3 4 5 6; do
        printf 'the cat saw a man.,told\nwho is in paris?,asked\n' >>texts/$part.csv
        printf 'the O\ncat O\nsaw O\nparis B-LOC\n. O\n\nwho O\nis O\nin O\nlondon B-LOC\n? O\n\n' >>words/$part.conll
    done
done
check "a source of texts" "$recraft" source build --model bert --data texts --out texts.safetensors --quiet \
    --set source.head_epochs=1 --set source.recalibration_epochs=1
# tried RATE TAU: what a source is built with that the penalty may cost no label.
tried() {
    "$recraft" source build --model bert --data texts --out spared.safetensors \
        --json --quiet --set source.head_epochs=20 --set source.recalibration_epochs=5 --set source.rho=1e6 \
        --set source.max_cost=0 --set source.lr=$1 --set source.tau=$2 >spared.json
}
tried 0.01 0.4
check "a penalty that costs no label is kept" python3 \
    -c 'import json; c = json.load(open("spared.json")); assert c["rho"] == 1e6 and len(c["tried"]) == 2, c'
tried 0.3 0
check "of penalties that all cost some none is" python3 -c '
import json
card = json.load(open("spared.json"))
before, tried = card["tried"][0], card["tried"][1:]
assert before["rho"] == 0 and len(tried) == 6, card
assert all(t["valid_accuracy"] < before["valid_accuracy"] for t in tried), card
assert card["rho"] == 0 and card["after_recalibration"] == card["before_recalibration"], card'
refused "needs a validation part" "$recraft" source build --model bert --data texts --out no.safetensors --quiet \
    --set source.max_cost=0 --set data.valid_fraction=0
"$recraft" data show texts --model texts.safetensors --json >shown
check "texts are shown with their tokens" grep -q 'longer_than_model' shown
check "words are shown" "$recraft" data show words
check "texts are fitted" fit texts run_texts
check "in batches of one length, too" fit texts by_length --set fit.by_length=true --set fit.batch=5
check "which is another order" bash -c "! cmp -s by_length/model.safetensors run_texts/model.safetensors"
printf 'size,kind\n3,a\n2,b\n3,a\n1,b\n' >sizes.csv
refused "fit.by_length is for texts" "$recraft" fit --data sizes.csv --label kind --source swin-mini --method nft \
    --out no --quiet --set fit.by_length=true
"$recraft" report --run run_texts --quiet
check "a page shows the worst texts" grep -q '<blockquote>[a-z]* ' run_texts/report.html
check "opponents beside it" python3 \
    -c 'import json; o = json.load(open("run_texts/result.json"))["opponents"]; assert sorted(o) == ["majority", "words"] and o["words"]["test"] == 0, o'
check "a bag of words is a method" "$recraft" fit --data texts --source texts.safetensors --method words --out run_bag \
    --quiet
"$recraft" eval --run run_bag --json >scored
check "which scores" grep -q '"metric": "error"' scored
printf 'the dog saw london.\nwho is in the paris?\n' >bag.txt
"$recraft" predict --run run_bag --input bag.txt --output bag.csv --quiet >/dev/null
check "and answers" test "$(wc -l <bag.csv)" -eq 3
check "words are fitted" fit words run_words --set fit.metric=1-entity-f1
"$recraft" eval --run run_words --json >scored
check "and scored by entities" grep -q '"metric": "1-entity-f1"' scored
printf 'the dog saw london .\nwho is in the paris\n' >new.txt
check "and given labels" "$recraft" predict --run run_words --input new.txt --output labelled.txt --quiet
check "one a word" test "$(grep -c ' ' labelled.txt)" -eq 10
check "and reported" "$recraft" report --run run_words

# A text that says [PAD] has a token more, wherever its ids go.
ids() { python3 -c "
import struct, sys
rows = [[int(k) for k in row.split()] for row in sys.argv[2:]]
head = \"{'descr': '<i4', 'fortran_order': False, 'shape': (%d, %d), }\" % (len(rows), len(rows[0]))
head += ' ' * (117 - len(head)) + chr(10)
with open(sys.argv[1], 'wb') as file:
    file.write(b'\x93NUMPY\1\0' + struct.pack('<H', len(head)) + head.encode())
    for row in rows:
        file.write(struct.pack('<%di' % len(row), *row))
" "$@"; }
embed() { "$recraft" embed --model bert --input "$1" --output "$2" --quiet; }
printf 'the [PAD] cat\n[PAD] paris\n' >pad.txt
ids pad.npy '2 5 0 6 3 -1' '2 0 12 3 -1 -1'
check "[PAD] in a line is embedded" embed pad.txt from_text.npy
check "and in ids" embed pad.npy from_ids.npy
check "to the same numbers" cmp from_text.npy from_ids.npy
ids other.npy '2 5 6 3 0' '2 12 3 0 0'
embed other.npy other_features.npy >/dev/null
check "others than those of the texts without it" bash -c '! cmp -s from_text.npy other_features.npy'
ids inside.npy '2 5 0 6 3' '2 0 12 3 0'
refused 'inside.npy: row 0 has padding (id 0) before its last token' embed inside.npy no.npy
cp -r texts pad_texts && cp -r words pad_words
printf 'the [PAD] saw a man.,told\n' | tee -a pad_texts/train.csv >>pad_texts/test.csv
printf 'the O\n[PAD] O\nparis B-LOC\n\n' | tee -a pad_words/train.conll >>pad_words/test.conll
for set in pad_texts pad_words; do
    check "$set: fitted" fit $set run_$set
    check "$set: scored" grep -q '"test": [0-9]' run_$set/result.json
    check "$set: how far from the source" "$recraft" align --data $set --source texts.safetensors --json --quiet
done
check "[PAD] in a line is predicted" "$recraft" predict --run run_pad_texts --input pad.txt --output from_text.npy \
    --quiet
ids pad.npy "2 5 0 6 3$(printf ' -1%.0s' $(seq 3))" "2 0 12 3$(printf ' -1%.0s' $(seq 4))"
check "and in ids, the same" bash \
    -c "'$recraft' predict --run run_pad_texts --input pad.npy --output from_ids.npy --quiet && cmp from_text.npy from_ids.npy"
check "[PAD] as a word has a label" bash \
    -c "'$recraft' predict --run run_pad_words --input pad.txt --output labelled.txt --quiet && grep -q '^\[PAD\] [OB]' labelled.txt"

# How far texts are from a source, before training and after it.
for set in texts words; do
    "$recraft" align --data $set --source texts.safetensors --json --quiet >gap
    check "align: $set" bash -c "grep -q '\"conditional_entropy\"' gap && grep -q '\"samples\": 10' gap"
done
"$recraft" align --data texts --source texts.safetensors --distances coral --resamples 0 --json --quiet >gap
check "align: a text has as many tokens as it is long" python3 -c "
import json
s = json.load(open('gap'))['sources'][0]['stages'][0]
root = s['transport'] / s['lipschitz'] / s['w1']
assert 1 < root and abs(root**2 - round(root**2)) > 1e-3, root  # a mean of roots, not the root of the longest"
check "align: a run of texts" bash -c "'$recraft' align --run run_texts --json --quiet | grep -q '\"after training\"'"
# Two sources of one target, in the order of what they are ranked by.
"$recraft" data make darcy --out darcy --n-train 12 --n-test 2 --resolution 9 --quiet >/dev/null
for by in bound w1; do
    "$recraft" align --data darcy --source swin-mini,texts.safetensors --rank-by $by --distances coral --resamples 0 \
        --json --quiet --set align.samples=12 --set align.clusters=3 >ranked
    check "ranks by $by" python3 -c "
import json
r = json.load(open('ranked'))
by = {s['source']: s['stages'][0]['$by'] for s in r['sources']}
assert len(by) == 2 and r['ranking'] == sorted(by, key=by.get), (by, r['ranking'])"
done
refused 'texts need a source that was trained on text, swin-mini was not' "$recraft" align --data texts \
    --source swin-mini

# What is longer than the model is cut, and told.
cp -r words long
printf 'the O\n%.0s' $(seq 30) >>long/train.conll
"$recraft" fit --data long --source texts.safetensors --method nft --out run_long --set fit.epochs=1 \
    --set fit.warmup=0 >out 2>err
check "long texts are cut" grep -q '1 texts have more than 13 tokens' out err
"$recraft" data show long --model texts.safetensors >out
noted() { "$recraft" predict --run "$1" --input "$2" --output "$3" --json 2>/dev/null | tr -d '\n' |
    grep -qF "\"notes\": [    \"$4"; }
printf 'the %.0s' $(seq 30) >long.txt
check "of texts to be answered, too, in JSON" noted run_texts long.txt long.csv '1 texts have more than'
check "and of words" noted run_words long.txt long.conll '25 words got no label'
check "and shown as a fault" grep -q '1 texts have more than the 13 tokens' out

cp -r words unseen && printf 'man B-NEW\n' >>unseen/test.conll
refused 'unseen/test.conll:73: label "B-NEW" never occurs in the train part' fit unseen
cp -r texts unseen_texts && printf 'the man,sung\n' >>unseen_texts/test.csv
refused 'unseen_texts/test.csv:14: label "sung" never occurs in the train part' fit unseen_texts
cp -r texts empty && printf '  ,told\n' >>empty/train.csv
refused 'empty/train.csv:14: the text is empty' fit empty
refused 'empty/train.csv:14: the text is empty' "$recraft" data show empty
mkdir none && printf '\n\n' >none/train.conll
refused 'none: no texts' fit none
mkdir unlabelled && printf 'text,stars\nthe,1\n' >unlabelled/train.csv
refused 'which column is the label? Set data.label_column to one of: text, stars' fit unlabelled
refused 'no column "kind" (data.label_column); known: text, label' fit texts no --set data.label_column=kind
# A word of which the tokenizer leaves nothing has no label; a batch of such words alone counts nothing.
nothing=$(printf '\u200b O\n\n\u200b B-LOC\n\n_')
mkdir nothing && printf '%s\n' "${nothing%_}" | tee nothing/train.conll >nothing/test.conll
refused 'nothing: no training sample has a word with a label' fit nothing
mkdir little && cat nothing/train.conll words/train.conll >little/train.conll && cp words/test.conll little
check "a batch without a labelled word" fit little run_little --set fit.batch=1 --set fit.epochs=1
mkdir single && printf 'the\ncat\n' >single/train.conll
refused '1 column; expected a word and its label' fit single
refused 'data.label_column is 4; there are 2 columns' fit words no --set data.label_column=4
refused 'model.tokens is 99; the model takes at most 13' fit words no --set model.tokens=99
refused 'labels of texts, the run was trained with those of words' "$recraft" eval --run run_words --data texts --quiet
refused 'this run labels words' "$recraft" predict --run run_words --input x.npy --output no.txt
printf 'the cat\n\n' >blank.txt
refused 'blank.txt:2: a line without words' "$recraft" predict --run run_words --input blank.txt --output no.txt
exit $failed
