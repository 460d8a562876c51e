#!/usr/bin/env bash
# A small model learns from a finished run: every kind of target, samples without labels, cut and resumed, refused.
# $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=1
python3 "$here/make_signals.py" data || exit 1
cat >student.json <<'END'
{"model_type": "swin", "image_size": 16, "patch_size": 4, "num_channels": 3, "embed_dim": 8, "depths": [1, 1],
 "num_heads": [1, 2], "window_size": 2, "mlp_ratio": 2.0}
END
quick=(--quiet --set model.image_size=16 --set fit.epochs=2 --set fit.batch=4 --set fit.warmup=0
    --set fit.opponents=no --set fit.head_start=seed)
teach() { "$recraft" fit --method nft --source swin-mini --data "$1" --out "$2" "${quick[@]}" "${@:3}"; }
distill() { "$recraft" distill --teacher "$1" --student "$2" --out "$3" "${quick[@]}" "${@:4}"; }
not() { ! "$@"; }
both() { python3 -c "import json; d = json.load(open('$1/result.json'))['distillation']; t, s = d['teacher'], d['student']; $2"; }

for kind in classes labels amounts field picture; do
    check "a teacher of $kind" teach data/$kind $kind
    check "a student of $kind" distill $kind student.json small-$kind
done
check "it is smaller" both small-classes \
    "assert s['parameters'] * 10 < t['parameters'] and s['mb'] * 10 < t['mb'] and s['ms'] > 0 < t['ms_in_batch']"
check "the teacher's scores are those of its run" both small-classes \
    "r = json.load(open('classes/result.json')); assert (t['valid'], t['test']) == (r['valid'], r['test'])"
check "and may know what is held out here" both small-classes "assert 'another seed' in d['note']"
check "by another metric" distill classes student.json other --set fit.metric=1-f1
check "of the teacher's run" "$recraft" eval --run classes --json
cp "$scratch.out" eval.json
check "counts for both" both other "assert json.load(open('eval.json'))['metrics']['1-f1'] == t['test']"
check "an ordinary run" "$recraft" eval --run small-classes --quiet
check "which predicts" "$recraft" predict --run small-field --input data/field/x_test.npy --output said.npy --quiet
check "its page" "$recraft" report --run small-classes
check "shows both" grep -q 'Teacher and student' small-classes/report.html

# A student with the weights of a source; more samples; what is changed from epoch to epoch.
check "from a source" distill classes swin-mini same
check "more samples" distill classes student.json more --unlabelled data/classes/x_test.npy
check "tells how many" grep -q '"n_unlabelled": 8' more/result.json
check "they count" bash -c '! cmp -s small-classes/model.safetensors more/model.safetensors'
check "of a data set" distill classes student.json of-set --unlabelled data/classes
check "samples that change, by shards" distill classes student.json moved --set fit.augment=jitter --set fit.mixup=0.3 \
    --set fit.shards=2 --unlabelled data/classes/x_test.npy
check "which mixup notices" grep -q 'fit.mixup take each by itself' moved/result.json
# A teacher of numbers says less than none; of counts that is none.
cp -r data/amounts data/less
python3 - <<'END'
import array
for path, n in (("data/less/y_train.npy", 48), ("data/less/y_test.npy", 16)):
    file = open(path, "rb").read()
    open(path, "wb").write(file[:-4 * n] + array.array("f", (v - 4 for v in array.array("f", file[-4 * n:]))).tobytes())
END
check "a teacher of less" teach data/less less
check "of counts" distill less student.json counts --data data/amounts --set fit.loss=poisson --set fit.lr=0.05 \
    --set fit.epochs=20 --set fit.patience=0
check "teaches none" python3 \
    -c 'import json; lines = [json.loads(l) for l in open("counts/metrics.jsonl")]; assert lines[-1]["train_loss"] < 2, lines[-1]'
check "no features" distill classes student.json answers --set distill.features=0
check "no answers" distill classes student.json features --set distill.answers=0
check "which differ" bash -c '! cmp -s answers/model.safetensors features/model.safetensors'
check "a plain teacher" "$recraft" fit --method forest --data data/classes --out plain --quiet
check "has answers alone" distill plain student.json of-plain --set model.image_size=16
check "which is said" grep -q 'not a single model' of-plain/result.json

# The student learns what the teacher says: the divergence alone, long enough, leaves the same answers.
check "long enough" distill classes student.json long --set distill.temperature=1 --set fit.epochs=40 --set fit.lr=0.01
check "it agrees with the teacher" python3 - <<'END'
import json
short, long = (json.load(open(f"{run}/result.json")) for run in ("small-classes", "long"))
assert long["distillation"]["student"]["valid"] <= short["distillation"]["student"]["valid"]
END

# Cut and resumed.
small=(distill classes student.json cut --unlabelled data/classes/x_test.npy --set fit.epochs=40)
check "undisturbed" distill classes student.json whole --unlabelled data/classes/x_test.npy --set fit.epochs=40
cut_at 3 cut "$recraft" distill --teacher classes --student student.json --out cut "${quick[@]}" \
    --unlabelled data/classes/x_test.npy --set fit.epochs=40
[ -f cut/result.json ] || check "goes on" "${small[@]}" --resume
check "the same bits" cmp cut/model.safetensors whole/model.safetensors
rm cut/result.json
cp -r classes before && teach data/classes again --seed 1 >said
cp again/model.safetensors classes/model.safetensors
refused "the teacher has changed" "${small[@]}" --resume
cp before/model.safetensors classes/model.safetensors

# Texts, and labels of words.
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
printf 'what is a dog?\nthe man in london saw the cat at paris.\n' >more.txt
check "a source of texts" "$recraft" source build --model bert --data texts --out texts.safetensors --quiet \
    --set source.head_epochs=1 --set source.recalibration_epochs=1
for kind in texts words; do
    check "a teacher of $kind" "$recraft" fit --method nft --source texts.safetensors --data $kind --out $kind-run \
        "${quick[@]}"
    check "a student of $kind" distill $kind-run bert/config.json small-$kind --unlabelled more.txt
    check "an ordinary run of $kind" "$recraft" eval --run small-$kind --quiet
done
check "with the source's weights" distill texts-run texts.safetensors small-source
check "predicts" "$recraft" predict --run small-texts --input more.txt --output said.csv --quiet
python3 "$here/make_tiny_bert.py" tiny.safetensors || exit 1

check "how tokens relate" distill texts-run bert/config.json related --unlabelled more.txt --set distill.attention=1
check "counts" bash -c '! cmp -s related/model.safetensors small-texts/model.safetensors'
check "that alone" distill texts-run bert/config.json related-alone --set distill.attention=10 --set distill.answers=0 \
    --set distill.features=0 --set fit.epochs=30 --set fit.lr=0.003 --set fit.patience=0
check "is learnt" python3 \
    -c 'import json; r = [json.loads(l).get("attention") for l in open("related-alone/metrics.jsonl")]; r = [v for v in r if v is not None]; assert 0 <= r[-1] < 0.5 * r[0], r'
check "with layers of the teacher" "$recraft" distill --teacher texts-run --layers 1 --out related-layers \
    "${quick[@]}" --set distill.attention=1
bent=(--set distill.attention=1 --set fit.shards=2 --set fit.epochs=30 --set fit.patience=0)
check "by shards" distill texts-run bert/config.json related-shards "${bent[@]}"
check "each sample for itself" bash -c '! grep -q "take each by itself" related-shards/result.json'
cut_at 3 related-cut "$recraft" distill --teacher texts-run --student bert/config.json --out related-cut "${quick[@]}" \
    "${bent[@]}"
[ -f related-cut/result.json ] || check "goes on" distill texts-run bert/config.json related-cut "${bent[@]}" --resume
check "to the same bits" cmp related-cut/model.safetensors related-shards/model.safetensors
check "where the last block alone learns" distill texts-run bert/config.json related-last --set distill.attention=1 \
    --set fit.train=last --set fit.last_blocks=1
adapt() { "$recraft" distill --teacher texts-run --layers 1 --out "$1" "${quick[@]}" --set distill.attention=1 \
    --set fit.train=lora --set fit.embedder=freeze "${@:2}" 2>&1; }
check "adapters in front of it" adapt related-adapters
check "not behind it" grep -q 'freezes the last layer of attention' \
    <(adapt related-behind --set fit.lora_targets=up,down)
# Without features the teacher is not asked beforehand, but about each batch.
asks() { "$recraft" distill --teacher texts-run --student bert/config.json --out "$1" "${quick[@]:1}" \
    --set distill.attention=1 "${@:2}" 2>&1 | grep -q '^teacher [0-9]*/'; }
check "asked for its features" asks asks-features
check "not asked without" not asks asks-nothing --set distill.features=0
check "and it ends" test -s asks-nothing/result.json
# A teacher whose answers are means over the ways in which a square can lie: what it attends to is compared as the
# sample lies.
python3 "$here/make_model_folder.py" "$here/../data/vit/vit.safetensors" vit || exit 1
mkdir squares
PYTHONPATH=$here python3 - <<'END'
import random
import npy
random.seed(5)
for part, n in (("train", 16), ("test", 4)):
    npy.write(f"squares/x_{part}.npy", "<f4", (n, 3, 12, 12),
        [random.gauss(0, 1) + (i // 432 % 2) * (i % 12) / 6 for i in range(n * 432)])
    npy.write(f"squares/y_{part}.npy", "<i8", (n,), [i % 2 for i in range(n)])
END
square=(--set model.image_size=12)
check "a source of squares" "$recraft" source build --model vit --data squares --out squares.safetensors \
    --quiet --set source.head_epochs=1 --set source.recalibration_epochs=1 "${square[@]}"
check "a teacher that turns them" "$recraft" fit --method nft --source squares.safetensors --data squares \
    --out turns "${quick[@]}" "${square[@]}" --set fit.turn=true
layers=$(python3 -c 'import json; print(json.load(open("vit/config.json"))["num_hidden_layers"])')
for features in 0 1; do
    check "all of it as student" "$recraft" distill --teacher turns --layers "$layers" --out turned-$features \
        "${quick[@]}" "${square[@]}" --set fit.lr=1e-9 --set distill.attention=1 --set distill.features=$features
    check "which attends as it does" python3 \
        -c "import json; r = [json.loads(l).get('attention') for l in open('turned-$features/metrics.jsonl')]; r = [v for v in r if v is not None]; assert r and abs(r[-1]) < 1e-6, r"
done
no() { distill "${@:1:2}" no "${@:3}"; }
refused "a Swin attends within windows" no classes student.json --set distill.attention=1
refused "does not work with fit.recompute" no texts-run bert/config.json --set distill.attention=1 \
    --set fit.recompute=true
refused "so no attention learns" no texts-run bert/config.json --set distill.attention=1 --set fit.train=head
refused "not a single model, and has no attention" no plain student.json --set model.image_size=16 \
    --set distill.attention=1
refused "does not take texts" no texts-run student.json
refused "cuts texts into other tokens" no texts-run tiny.safetensors
refused "no such run folder" no nowhere student.json --data data/classes
refused "trained on" no classes student.json --data data/labels
refused "is not the run's" no amounts student.json --data data/labels
refused "x_unlabelled" no classes student.json --unlabelled data/labels/x_test.npy
refused "cannot be distilled" no amounts student.json --set fit.loss=pinball
refused "all 0" no classes student.json --set distill.answers=0 --set distill.features=0
refused "distill.temperature is" no classes student.json --set distill.temperature=0
refused "is missing" "$recraft" fit --method distill --data data/classes --out no --quiet
refused "a student instead" "$recraft" fit --method distill --source swin-mini --data data/classes --out no --quiet \
    --set distill.teacher=classes --set distill.student=student.json
exit $failed
