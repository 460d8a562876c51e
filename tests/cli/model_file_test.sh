#!/usr/bin/env bash
# Models and data that do not belong together: refused, not read past their ends. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
python3 "$here/make_signals.py" data || exit 1
small=(--method nft --source swin-mini --quiet --set fit.epochs=1 --set fit.batch=8 --set fit.warmup=0)
for set in classes field table; do
    "$recraft" fit --data data/$set --out $set "${small[@]}" >/dev/null || exit 1
done

# More classes than the head has.
mkdir more
cp data/classes/x_test.npy more
npy() { # npy FILE TYPE SHAPE: bytes from standard input
    printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "{'descr': '$2', 'fortran_order': False, 'shape': $3, }" >"$1"
    cat >>"$1"
}
cp data/classes/x_train.npy more
printf '\0\1\2\3\4\5\6\7' | npy more/y_test.npy '|u1' '(8,)'
printf '\0\1\2\3\4\5\6\7\0\1\2\3\4\5\6\7\0\1\2\3\4\5\6\7' | npy more/y_train.npy '|u1' '(24,)'
refused "classes 0 to 7, the run was trained with 3 classes" "$recraft" eval --run classes --data more

# changed RUN WORDS KEY JSON ...: a model file whose task says something else.
changed() {
    local run=$1 words=$2
    shift 2
    cp "$run/model.safetensors" kept
    python3 "$here/edit_task.py" "$run/model.safetensors" "$@"
    refused "$words" "$recraft" predict --run "$run" --input "data/$run/x_test.npy" --output answer.npy
    mv kept "$run/model.safetensors"
}
classes=(target '"classes"' loss '"cross-entropy"' metric '"error"' y_size 1 y_shape '[]')
changed field "do not belong together" "${classes[@]}"
changed field "do not belong together" target '"regression"'
changed classes "do not belong together" target '"dense"' loss '"relative-l2"' metric '"relative_l2"'
changed classes "do not belong together" y_size 5
changed classes "\"x_shape\" does not fit the model" table true
changed table "the run takes [N, 1," table false
check "as they were they predict" "$recraft" predict --run classes --input data/classes/x_test.npy --output answer.npy
exit $failed
