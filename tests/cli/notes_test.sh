#!/usr/bin/env bash
# What may not be as it was meant is said, in JSON too; labels keep their numbers. $1: the program, $2: a scratch
# folder.
set -u
. "$(dirname "$0")/checks.sh"
# npy FILE DTYPE SHAPE: a .npy of the bytes on standard input.
npy() {
    local head="{'descr': '$2', 'fortran_order': False, 'shape': ($3), }"
    { printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "$head" && cat; } >"$1"
}
# set_of FOLDER DTYPE BYTES: eight samples, labels (four of them, twice) of these bytes.
set_of() {
    mkdir -p "$1"
    printf '%0.s\0\0\200\77\0\0\0\0' {1..96} | npy "$1/x_train.npy" '<f4' '8, 1, 24'
    printf "$3$3" | npy "$1/y_train.npy" "$2" '8,'
    cp "$1/x_train.npy" "$1/x_test.npy"
    cp "$1/y_train.npy" "$1/y_test.npy"
}
fit() { env OMP_WAIT_POLICY=passive "$recraft" fit --method nft --source swin-mini --quiet --json --set fit.epochs=1 \
    --set fit.warmup=0 "$@"; }

set_of gap '|u1' '\0\7\0\7'
set_of plain '|u1' '\0\1\0\1'
set_of wide '<i8' '\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0'
set_of float '<f4' '\0\0\0\0\0\0\200\77\0\0\0\0\0\0\200\77'
for name in gap wide float; do
    check "a note on $name in JSON" bash -c "'$recraft' data show $name --json | tr -d '\n' | grep -q '\"notes\": \[ '"
done
check "and on standard error" bash -c "'$recraft' data show gap 2>&1 >/dev/null | grep -q '^note: 6 of 8 classes'"
check "none on what is clear" bash -c "! '$recraft' data show plain --json | grep -q notes"
check "and on what is made of it" bash \
    -c "'$recraft' data transform windows --in gap --out cut --set length=8 --json | grep -q '6 of 8 classes have no sample'"
check "fit" fit --data gap --out g
check "its result has the note" grep -q '6 of 8 classes have no sample' g/result.json
check "eval has it" bash -c "'$recraft' eval --run g --json --quiet | grep -q '6 of 8 classes have no sample'"
check "labels far from 0" fit --data wide --out w
check "eval" "$recraft" eval --run w --quiet
check "for runs whose classes are plain numbers" fit --data plain --out p
refused "its labels are numbered by value, those of the run are numbers of classes" "$recraft" eval --run p \
    --data wide --quiet
refused "its labels are numbers of classes, those of the run are numbered by value" "$recraft" eval --run w \
    --data plain --quiet

check "a run at chance" fit --data plain --out chance --set fit.lr=1e-12 --set fit.head_start=seed --set model.head=mean
check "says that nothing was learnt" grep -q 'nothing was learnt' chance/result.json
python3 "$here/make_signals.py" signals || exit 1
check "one whose loss falls" fit --data signals/classes --out falls --set fit.epochs=6
check "says nothing" bash -c "! grep -q 'nothing was learnt' falls/result.json"

exit $failed
