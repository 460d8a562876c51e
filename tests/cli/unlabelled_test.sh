#!/usr/bin/env bash
# Samples without targets beside a data set, through the program: stage 1 aligns them, the distortion does not see them.
# $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
python3 "$here/make_signals.py" . || exit 1
cp -r classes more
cp classes/x_test.npy more/x_unlabelled.npy
small=(--source swin-mini --quiet --set model.image_size=16 --set align.epochs=2 --set align.lr=0.01 --set fit.epochs=0
    --set fit.head_start=seed --set fit.opponents=no)
fit() { "$recraft" fit $(usual_method "$@") "${small[@]}" --out "$@"; } # fit NAME --data DATA ...
first() { grep -m 1 '"align"' "$1/metrics.jsonl" | grep -o "\"$2\": [^,]*"; } # of the first epoch, before any step

"$recraft" data show more --json >shown.json
check "shows them" python3 \
    -c 'import json; u = json.load(open("shown.json"))["unlabelled"]; assert u["n"] == 8 and u["x"] == "[8, 2, 48]" and "y" not in u'
check "without them" fit plain --data classes
check "with them" fit with --data more
check "tells how many there are" grep -q '"n_unlabelled": 8' with/result.json
check "they are far from the source, too" bash \
    -c "! diff <(grep -m 1 align plain/metrics.jsonl | grep -o '\"distance\": [^,]*') <(grep -m 1 align with/metrics.jsonl | grep -o '\"distance\": [^,]*') >differs && test -s differs"
check "the distortion does not see them" test "$(first plain conditional_entropy)" = "$(first with conditional_entropy)"
check "none of them" fit none --data more --set align.unlabelled=0
check "the same bits" cmp plain/model.safetensors none/model.safetensors
check "orca, which wants labels" fit orca --method orca --data more
check "orca without them" fit orca-plain --method orca --data classes
check "does not see them" cmp orca/model.safetensors orca-plain/model.safetensors

cp table/x_test.npy more/x_unlabelled.npy
refused "x_unlabelled has shape [8, 7], but the other parts have [8, 2, 48]" "$recraft" data show more
cp classes/x_train.npy more/x_unlabelled.npy
refused "the data have changed" "$recraft" fit --method recraft "${small[@]}" --data more --out with --resume
python3 - <<'PY'
import struct
data = bytearray(open("classes/x_test.npy", "rb").read())
data[-4:] = struct.pack("<f", float("nan"))
open("more/x_unlabelled.npy", "wb").write(data)
PY
refused "x_unlabelled holds NaN (first in sample 7)" "$recraft" fit "${small[@]}" --data more --out nan
exit $failed
