#!/usr/bin/env bash
# A small source from a large one: some of its layers or a body of another width, images and texts, cut and resumed,
# refused.
# $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=1 RECRAFT_HOME=$scratch/home
python3 "$here/make_signals.py" data || exit 1
swin() {
    printf '{"model_type": "swin", "image_size": 16, "patch_size": 2, "num_channels": 3, "embed_dim": %s, "depths": %s,
        "num_heads": [1, 2], "window_size": 2, "mlp_ratio": 2.0}\n' "$1" "$2"
}
swin 8 '[2, 4]' >large.json
swin 4 '[1, 1]' >narrow.json
short=(--set source.head_epochs=2 --set source.recalibration_epochs=1)
quick=(--quiet --set fit.epochs=2 --set fit.warmup=0 --set fit.batch=4 "${short[@]}")
distill() { "$recraft" distill --teacher "$1" --out "$2" "${quick[@]}" "${@:3}"; }
card() { "$recraft" source show "$1" --json >shown.json &&
    python3 -c "import json; s = json.load(open('shown.json')); c = s['card']; $2"; }

check "a model" "$recraft" pretrain --data data/classes --backbone large.json --out model "${quick[@]}"
check "a large source" "$recraft" source build --model model --data data/classes --out large --quiet "${short[@]}"
some=(--layers 3 --data data/classes --set fit.epochs=40)
check "some of its layers" distill large small "${some[@]}"
check "which of them" card small \
    "assert c['layers'] == [0, 2, 5] and s['backbone']['depths'] == [1, 2] and s['width'] == 8"
check "the two side by side" card small "
t, s = c['distillation']['teacher'], c['distillation']['student']
assert c['teacher'] == 'large' and c['made_with'] == 'recraft distill' and c['metric'] == 'error'
assert s['parameters'] * 1.5 < t['parameters'] and s['mb'] < t['mb'] and s['ms'] > 0 < t['ms']"
check "the teacher's score is its card's" card large "
t = json.load(open('home/sources/small.run/result.json'))['distillation']['teacher']
assert abs(1 - t['test'] - c['after_recalibration']['accuracy']) < 1e-6"
check "its losses are not those of chance" bash -c '! grep -q "nothing was learnt" home/sources/small.run/result.json'
check "a source like any other" "$recraft" fit --data data/classes --method nft --source small --out fitted \
    "${quick[@]}"
check "beside an ordinary run" "$recraft" eval --run home/sources/small.run --quiet
check "of another width" distill large narrow.safetensors --student narrow.json --data data/classes
check "it is" card narrow.safetensors "assert s['width'] == 4 and c['student'] == 'narrow.json'"

# All layers, and nothing learnt: student and teacher say the same.
check "the whole of it" distill large whole --layers 6 --data data/classes --set fit.epochs=0 --set fit.head_start=seed
check "is the teacher" card whole "
t, s = c['distillation']['teacher'], c['distillation']['student']
assert t['test'] == s['test']"

# A run as teacher; and a run of which a source is made.
check "layers of a run" distill fitted of-run --layers 2 --set model.head=mean
check "which is a run" grep -q '"teacher": "fitted"' of-run/result.json
check "a source of it" "$recraft" source build --model of-run --data data/classes --out of-run --quiet "${short[@]}"
check "has its body" card of-run "assert s['backbone']['depths'] == [1, 1] and c['made_with'] == 'recraft source build'"

# Looked ahead; cut and resumed; the same bits but for the times on the card.
check "looked ahead" distill large ahead --layers 3 --data data/classes --dry-run --json
cp "$scratch.out" ahead.json
check "which is not all" grep -q 'the bundle is built after the run' ahead.json
check "looked ahead without a name" "$recraft" distill --teacher large --layers 3 --data data/classes \
    --dry-run "${quick[@]}"
check "nothing is there" bash -c '! ls home/sources | grep -q ahead'
RECRAFT_HOME=$scratch/new check "looked ahead where nothing is kept" distill home/sources/large.safetensors ahead \
    --layers 3 --data data/classes --dry-run
check "nor is a folder" bash -c '! ls -d new'
check "a page" "$recraft" report --run home/sources/small.run --quiet
check "which says what was kept" grep -q "began with the teacher's layers 0, 2, 5" home/sources/small.run/report.html
cut_at 3 home/sources/cut.run "$recraft" distill --teacher large --out cut "${quick[@]}" "${some[@]}"
check "goes on" distill large cut "${some[@]}" --resume
rm home/sources/cut.safetensors
check "killed before there is a bundle" distill large cut "${some[@]}" --resume
check "the same bits" python3 "$here/same_tensors.py" home/sources/cut.safetensors home/sources/small.safetensors '*'

# Texts, with the set where source get keeps it.
python3 "$here/make_model_folder.py" "$here/../data/bert/bert.safetensors" bert || exit 1
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' the cat dog saw a man in paris london . ? who what is on at of \
    to >bert/vocab.txt
mkdir -p home/sets/texts
for part in train test; do
    printf 'text,label\n' >home/sets/texts/$part.csv
    for i in 1 2 3 4 5 6; do
        printf 'the cat saw a man.,told\nwho is in paris?,asked\n' >>home/sets/texts/$part.csv
    done
done
mkdir other && sed 's/asked/wanted/' home/sets/texts/train.csv >other/train.csv
check "a source of texts" "$recraft" source build --model bert --data home/sets/texts --out texts \
    --quiet "${short[@]}" --set source.lr=0.02
check "of texts" "$recraft" distill --teacher texts --out small-texts --layers 1 --set fit.epochs=2
check "it is one" card small-texts \
    "assert c['lr'] == 0.02 and c['head_epochs'] == 2 and c['layers'] == [0] and c['labels'] == ['asked', 'told'] and s['backbone']['num_hidden_layers'] == 1"
check "reads texts" "$recraft" fit --data home/sets/texts --method nft --source small-texts --out read "${quick[@]}"

no() { distill "$1" no "${@:2}"; }
cp -r data/classes two && for part in train test; do cp two/x_$part.npy two/x_$part.more.npy; done
refused "samples have several inputs, and those of the source large one; take a finished run" no large --layers 3 \
    --data two
refused "keeps no inputs; give the labelled set that it was made from (its card says classes)" no large --layers 3
refused "has 2 classes, and these data have others" no texts --layers 1 --data data/classes
refused "label 0 is told, but that of the source texts is asked" no texts --layers 1 --data other
refused "no such run folder, and no source of this name" no nowhere --layers 1 --data other
refused "--student is missing, or --layers" no large --data data/classes
refused "is either a model of its own" no large --layers 3 --student narrow.json --data data/classes
refused "give a number from 2 to 6" no large --layers 7 --data data/classes
refused "gives classes without an order" no large --layers 3 --data data/classes --set fit.loss=ordinal
for same in large home/sources/large.safetensors; do
    refused "is the teacher itself" distill large $same --layers 3 --data data/classes
done
refused "takes a file .safetensors, or a name" distill large some/where --layers 3 --data data/classes
refused "--resume to go on with the run in it" distill large small --layers 3 --data data/classes
check "a plain teacher" "$recraft" fit --method forest --data data/classes --out plain --quiet
refused "has no layers" no plain --layers 2
check "8-bit weights" "$recraft" export --run of-run --to int8 --out of-run8 --quiet
refused "from the run that they were exported from" "$recraft" source build --model of-run8 --data data/classes \
    --out no --quiet
refused "is not a single model" "$recraft" source build --model plain --data data/classes --out no --quiet
exit $failed
