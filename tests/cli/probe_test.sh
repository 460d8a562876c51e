#!/usr/bin/env bash
# Stage 1 under the eyes of a probe, through the program: the best of its looks is kept, the start among them. $1: the
# program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
python3 "$here/make_signals.py" . || exit 1
# fit OUT DATA SETTING...: stage 1 alone.
fit() {
    local out=$1 data=$2
    shift 2
    "$recraft" fit $(usual_method "$@") --data "$data" --source swin-mini --quiet --out "$out" \
        --set model.image_size=16 --set align.epochs=4 --set align.probe_every=2 --set align.clusters=3 \
        --set fit.epochs=0 --set fit.head_start=seed --set fit.opponents=no "$@"
}
# says RUN EXPRESSION: of epochs and losses of its looks (epoch, loss), and of what the result says of them (kept, or
# None).
says() {
    python3 - "$1" "$2" <<'PY'
import json, sys
looks = [json.loads(line) for line in open(sys.argv[1] + "/metrics.jsonl")]
looks = [line for line in looks if line["stage"] == "probe"]
result = json.load(open(sys.argv[1] + "/result.json"))
epoch, loss = [line["epoch"] for line in looks], [line["valid_loss"] for line in looks]
kept = result.get("stage_1")
best = min(range(len(loss)), key=loss.__getitem__) if loss else None
sys.exit(not eval(sys.argv[2]))
PY
}
best='epoch == [0, 2, 4] and kept == {"kept_epoch": epoch[best], "probe_start": loss[0], "probe_kept": loss[best]}'

for data in classes labels amounts field table; do
    check "aligns $data" fit "of-$data" $data --method fa --set align.lr=0.01
    check "keeps the best of its looks" says "of-$data" "$best"
done
check "with distortion" fit recraft classes --method recraft
check "keeps the best" says recraft "$best"
check "mona" fit mona classes --method mona
check "keeps the best" says mona "$best"

check "a rate that spoils" fit spoilt classes --method fa --set align.lr=1000
check "the start is kept" says spoilt "$best and kept['kept_epoch'] == 0"
check "without stage 1" fit plain classes --method nft
check "the same bits" cmp spoilt/model.safetensors plain/model.safetensors

check "no looks" fit blind classes --method fa --set align.probe_every=0
check "none is recorded" says blind 'epoch == [] and kept is None'
half=(--set data.valid_fraction=0 --set align.samples=12)
check "no validation part" fit half classes --method fa "${half[@]}"
check "scored on samples that stage 1 does not see" says half "$best"
check "stage 1 sees all" fit whole classes --method fa --set data.valid_fraction=0
check "there is no probe" says whole 'epoch == [] and kept is None'
check "which the result says" grep -q "stage 1 is not judged by a probe" whole/result.json
exit $failed
