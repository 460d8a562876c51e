#!/usr/bin/env bash
# The switches of stage 1, through the program: what each does to the lines that stage 1 records. $1: the program, $2: a
# scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
small=(--data darcy --quiet --set align.samples=8 --set align.batch=4 --set align.clusters=3 --set align.lr=0.01
    --set align.epochs=6 --set fit.epochs=1 --set fit.batch=6 --set fit.warmup=0)
"$recraft" data make darcy --out darcy --n-train 12 --n-test 2 --resolution 9 --quiet >/dev/null
fit() { "$recraft" fit $(usual_method "$@") "${small[@]}" --out "$@"; } # fit NAME --set ...

# says NAME EXPRESSION: of the lines of stage 1 of run NAME, as lists by key (lr, distance, ...), and of run `joint`
# (j).
says() {
    python3 - "$1" "$2" <<'PY'
import json, sys
def read(name):
    lines = [json.loads(line) for line in open(name + "/metrics.jsonl")]
    lines = [line for line in lines if line["stage"] == "align"]
    return {key: [line.get(key) for line in lines] for key in lines[0]}
def near(a, b):
    return len(a) == len(b) and all(abs(x - y) <= 1e-6 * (abs(x) + abs(y)) for x, y in zip(a, b))
r, j = read(sys.argv[1]), read("joint")
sys.exit(not eval(sys.argv[2], {"near": near, "j": j, **r}))
PY
}

check "joint: the default" fit joint --set align.weight_distortion=0.5
check "the weighted sum is what is lowered" says joint \
    'near(loss, [d + 0.5 * h for d, h in zip(distance, conditional_entropy)])'
check "the published steps of the rate" says joint 'near(lr, [0.01, 0.01, 0.002, 0.002, 0.0004, 0.0004])'
check "weights are as given" says joint 'balance == [1] * 6'

for distance in sinkhorn w1 w2 sliced gaussian mmd coral energy otdd gw; do
    check "aligns by $distance" fit "by-$distance" --method fa --set align.distance=$distance
    check "which falls" says "by-$distance" 'distance[-1] < distance[0] and near(loss, distance)'
done
check "without distortion" fit alone --set align.distortion=none
check "it is looked at first and last" says alone \
    '[h is None for h in conditional_entropy] == [False] + [True] * 4 + [False]'
check "alignment is all" says alone 'near(loss, distance)'
check "without alignment" fit distorted --set align.distance=none
check "no distance is told" says distorted 'distance == [None] * 6 and conditional_entropy[-1] < conditional_entropy[0]'
check "the information" fit information --set align.distortion=information --set align.weight_distortion=0.5
check "in place of the entropy" says information 'near(loss, [d - 0.5 * i for d, i in zip(distance, information)])'
check "LEEP" fit leep --set align.distortion=leep --set align.weight_distortion=0.5
check "in place of the entropy" says leep 'near(loss, [d - 0.5 * l for d, l in zip(distance, leep)]) and max(leep) <= 0'
check "gradients in balance" fit balanced --set align.weighting=balanced --set align.weight_distortion=0.5
check "by a factor of their own" says balanced \
    'all(b != 1 and b > 0 for b in balance) and distance[0] == j["distance"][0]'
check "the head before recalibration" fit plain --set align.source_head=plain
check "sees the same features and other labels" says plain \
    'distance[0] == j["distance"][0] and entropy[0] != j["entropy"][0]'

# In turn: first as if there were no distortion, then distortion alone, with its own rate.
turns=(--set align.mode=sequential --set align.distortion_epochs=3 --set align.weight_distortion=0.5
    --set fit.epochs=30)
check "one after the other" fit turns "${turns[@]}"
check "the rate begins again" says turns 'near(lr, [0.01, 0.01, 0.002, 0.002, 0.0004, 0.0004, 0.01, 0.002, 0.0004])'
check "alignment alone at first" cmp <(grep align turns/metrics.jsonl | head -n 6 | grep -o '"distance": [^,]*') \
    <(grep align alone/metrics.jsonl | head -n 6 | grep -o '"distance": [^,]*')
check "then distortion alone" says turns \
    'near(loss[6:], [0.5 * h for h in conditional_entropy[6:]]) and conditional_entropy[8] < conditional_entropy[6]'
# Cut where it turns, and resumed: the same bits. A fast machine is cut later.
check "cut between the two" cut_at 7 cut "$recraft" fit --method recraft "${small[@]}" --out cut "${turns[@]}"
check "resumed" fit cut "${turns[@]}" --resume
check "the same bits" cmp turns/model.safetensors cut/model.safetensors
# In the middle of a distance, which takes long here: a checkpoint is written, though no epoch has ended.
"$recraft" data make darcy --out many --n-train 900 --n-test 2 --resolution 5 --quiet >/dev/null
check "cut in a distance" cut_at 1 distant "$recraft" fit --method recraft --data many --quiet --out distant \
    --set align.samples=700 --set align.distance=w2 --set align.epochs=50 --set fit.checkpoint_every=100
check "leaves a checkpoint" test -s distant/checkpoint/state.safetensors
exit $failed
