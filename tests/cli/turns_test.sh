#!/usr/bin/env bash
# Squares that may lie in any of eight ways: what is learnt of them turns with them. $1: the program, $2: a scratch
# folder.
set -u
. "$(dirname "$0")/checks.sh"
"$recraft" data make darcy --n-train 12 --n-test 4 --resolution 9 --out darcy --quiet >/dev/null
small=(--data darcy --source swin-mini --method nft --set fit.batch=4 --set fit.epochs=2 --set fit.opponents=no --quiet)
check "a fit" "$recraft" fit "${small[@]}" --set fit.turn=true --out run
"$recraft" eval --run run --data darcy --json >eval.json
check "its scores again" python3 - <<'END'
import json
said, again = json.load(open("run/result.json")), json.load(open("eval.json"))
assert said["test"] == again["metrics"]["relative_l2"], (said["test"], again)
END
python3 "$here/turn_arrays.py" darcy/x_test.npy turned
mkdir said
for i in 0 1 2 3 4 5 6 7; do
    "$recraft" predict --run run --input turned/$i.npy --output said/$i.npy --quiet >/dev/null
done
check "what is said of a turned square is what is said of it, turned" python3 "$here/turn_arrays.py" --compare said 1e-4
check "a fit that does not know of it" "$recraft" fit "${small[@]}" --out plain
"$recraft" predict --run plain --input turned/5.npy --output said/5.npy --quiet >/dev/null
check "says something else" bash -c "! python3 '$here/turn_arrays.py' --compare said 1e-4"

refused "fit.crop moves an image, and a dense target would stay" "$recraft" fit "${small[@]}" --set fit.crop=2 --out bad
python3 "$here/make_signals.py" data || exit 1
refused "fit.turn and fit.crop are for images" "$recraft" fit --data data/table --source swin-mini --method nft \
    --set fit.turn=true --out bad
python3 "$here/make_tiny_bert.py" tiny.safetensors || exit 1
refused "fit.turn is for models of images" "$recraft" fit --data darcy --source tiny.safetensors --method nft \
    --set fit.turn=true --out bad
exit $failed
