#!/usr/bin/env bash
# What ranks do, once each on little data, which is what sanitizers see of it (ranks_test.sh has the rest). $1: the
# program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
. "$here/ranks.sh"
python3 "$here/make_signals.py" data || exit 1
python3 "$here/make_tiny_bert.py" tiny.safetensors || exit 1
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 # MPIs keep what they have until the end
fit=("$recraft" fit --data data/table --source tiny.safetensors --method recraft --set fit.batch=12 --set fit.shards=12
    --set fit.warmup=0 --set fit.epochs=1 --set align.epochs=1 --set data.limit_train=24 --quiet)
check "one rank" "${fit[@]}" --out one
for mpi in "${mpis[@]}"; do
    check "$mpi: three ranks" on 3 "${fit[@]}" --out three-$mpi
    check "the same bits" same_run one three-$mpi
    RECRAFT_WINDOW=none check "$mpi: they send" on 2 "${fit[@]}" --out sent-$mpi
    check "the same bits" same_run one sent-$mpi
    check "$mpi: answers" on 2 "$recraft" predict --run one --input data/table/x_test.npy --output $mpi.npy --quiet
    check "$mpi: features" on 2 "$recraft" embed --run one --input data/table/x_test.npy --output f-$mpi.npy --quiet
    told "it takes a number from" on 2 "${fit[@]}" --set fit.lr=much --out never
done
exit $failed
