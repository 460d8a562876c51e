#!/usr/bin/env bash
# A student learns from what a teacher reads of other data, without pairs. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=1
python3 "$here/make_signals.py" data || exit 1
for width in 8 12; do
    cat >student-$width.json <<END
{"model_type": "swin", "image_size": 16, "patch_size": 4, "num_channels": 3, "embed_dim": $width, "depths": [1, 1],
 "num_heads": [1, 2], "window_size": 2, "mlp_ratio": 2.0}
END
done
quick=(--quiet --set model.image_size=16 --set fit.epochs=2 --set fit.batch=8 --set fit.warmup=0
    --set fit.opponents=no --set fit.head_start=seed)
says() { python3 -c "import json; r = json.load(open('$1/result.json')); assert $2, r"; }
distill() { "$recraft" distill --teacher signals --unpaired data/prime --student "$1" --data "$2" \
    --out "$3" "${quick[@]}" "${@:4}"; }

# A teacher of signals, students of images, both of two classes.
check "a teacher of signals" "$recraft" fit --method scratch --source swin-mini --data data/prime --out signals \
    "${quick[@]}"
check "a student of images" distill student-8.json data/image plain
check "by their classes" says plain "'with the same number are taken as the same' in ' '.join(r['notes'])"
check "what is compared is told" says plain \
    "r['unpaired'] == {'data': 'data/prime', 'distance': 'gw', 'optimum': 'local'}"
check "the teacher's scores are those of its data" says plain \
    "r['distillation']['teacher']['test'] == json.load(open('signals/result.json'))['test']"
check "an ordinary run" "$recraft" eval --run plain --quiet
check "without it" "$recraft" fit --method distill --data data/image --out alone "${quick[@]}" \
    --set distill.teacher=signals --set distill.student=student-8.json --set distill.unpaired=data/prime \
    --set distill.features=1e-9
check "it is another" bash -c '! cmp -s plain/model.safetensors alone/model.safetensors'
cp data/classes/x_test.npy data/classes/x_unlabelled.npy
check "of other classes" distill student-12.json data/classes whole
check "as wholes" says whole "'compared as wholes' in ' '.join(r['notes'])"
check "what is left out is told" says whole "'(x_unlabelled) are not used' in ' '.join(r['notes'])"
check "of numbers" distill student-12.json data/amounts numbers --set fit.shards=2
check "each shard by itself" says numbers "'distill.unpaired and fit.mixup take each by itself' in ' '.join(r['notes'])"
check "of a source, by its own width" distill swin-mini data/image same --set distill.distance=sinkhorn \
    --set align.epsilon=1e-6
check "no local optimum then" says same "r['unpaired'] == {'data': 'data/prime', 'distance': 'sinkhorn'}"
check "what has not converged is told" says same "'of %d batches' % (2 * -(-r['n_train'] // 8)) in ' '.join(r['notes'])"
check "looked ahead" distill student-8.json data/image ahead --dry-run

# Weights of samples, on both sides. All the same they are none.
weigh() { cp -r "data/$1" "$2" && (cd "$here" && python3 -c 'import sys, npy
n = npy.read(sys.argv[1] + "/y_train.npy")[0][0]
npy.write(sys.argv[1] + "/weight_train.npy", "<f4", (n,),
    ([float(w) for w in sys.argv[2:]] * n)[:n])' "$scratch/$2" "${@:3}"); }
weigh prime even 1 && weigh prime uneven 1 1 3 3 && weigh image even-images 1
of() { "$recraft" distill --teacher signals --unpaired "$1" --student student-8.json --data "$2" \
    --out "$3" "${quick[@]}"; }
check "of even weights" of even even-images evenly
check "the same bits" cmp evenly/model.safetensors plain/model.safetensors
check "of uneven weights" of uneven data/image unevenly
check "others" bash -c '! cmp -s unevenly/model.safetensors plain/model.safetensors'

# Cut and resumed.
many=(--set fit.epochs=20)
check "undisturbed" distill student-8.json data/image long "${many[@]}"
check "features come closer" python3 -c "
import json
d = [json.loads(line).get('distance') for line in open('long/metrics.jsonl') if '\"fit\"' in line]
assert len(d) == 20 and d[-1] < 0.5 * d[0], d"
cut_at 3 cut "$recraft" distill --teacher signals --unpaired data/prime --student student-8.json --data data/image \
    --out cut "${quick[@]}" "${many[@]}"
[ -f cut/result.json ] || check "goes on" distill student-8.json data/image cut "${many[@]}" --resume
check "the same bits" cmp cut/model.safetensors long/model.safetensors
signal=KILL cut_at 1 killed "$recraft" distill --teacher signals --unpaired data/prime --student student-8.json \
    --data data/image --out killed "${quick[@]}" "${many[@]}" --set fit.checkpoint_every=1000
[ -f killed/result.json ] || check "goes on from before the first epoch" distill student-8.json data/image killed \
    "${many[@]}" --set fit.checkpoint_every=1000 --resume
check "the same distances, each note once" python3 -c "
import json
def told(run):
    distances = [json.loads(line)['distance'] for line in open(run + '/metrics.jsonl') if '\"fit\"' in line]
    notes = json.load(open(run + '/result.json'))['notes']
    taken_over = [note for note in notes if 'taken over' in note]
    assert len(taken_over) == (run == 'killed'), notes
    return distances, [note for note in notes if note not in taken_over]
assert told('cut') == told('long') == told('killed'), (told('cut'), told('long'), told('killed'))"
rm cut/result.json
cp -r data/prime before
cp data/prime/x_train.npy kept.npy
python3 -c "
import sys
b = bytearray(open('data/prime/x_train.npy', 'rb').read()); b[-1] ^= 1; open('data/prime/x_train.npy', 'wb').write(b)"
refused "unpaired" distill student-8.json data/image cut "${many[@]}" --resume
cp kept.npy data/prime/x_train.npy

no() { distill "$1" data/image no "${@:2}"; }
refused "has 192 features and the student 16" no student-8.json --set distill.distance=w1
refused "distill.distance=otdd" no student-8.json --set distill.distance=otdd
refused "distill.distance=coral" no student-8.json --set distill.distance=coral
refused "distill.distance=none" no student-8.json --set distill.distance=none
refused "distill.features is 0" no student-8.json --set distill.features=0
refused "fit.mixup" no student-8.json --set fit.mixup=0.2
refused "distill.unlabelled" no student-8.json --unlabelled data/image
refused "--data is missing" "$recraft" distill --teacher signals --unpaired data/prime --student student-8.json \
    --out no --quiet
refused "a source" "$recraft" distill --teacher swin-mini --unpaired data/prime --student student-8.json \
    --data data/image --out no --quiet
refused "nowhere" "$recraft" distill --teacher signals --unpaired nowhere --student student-8.json --data data/image \
    --out no --quiet
mkdir texts && printf 'text,label\nthe cat.,told\nwho?,asked\nthe dog.,told\nwhat?,asked\n' |
    tee texts/train.csv >texts/test.csv
refused "has no tokenizer" distill student-8.json texts no
check "a plain teacher" "$recraft" fit --method forest --data data/prime --out forest --quiet
refused "no features" "$recraft" distill --teacher forest --unpaired data/prime --student student-8.json \
    --data data/image --out no "${quick[@]}"
exit $failed
