#!/usr/bin/env bash
# What the machine does not give ends with exit code 1 and one line that names the file: the user's input is not to
# blame. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"

# ended WORDS: how the last command ended, its standard error in $scratch.err.
ended() {
    local code=$?
    if [ $code -eq 1 ] && [ "$(wc -l <"$scratch.err")" -eq 1 ] && grep -qF -- "$1" "$scratch.err"; then
        echo "ok   $1"
    else
        echo "FAIL wanted \"$1\", exit 1; got exit $code: $(cat "$scratch.err")"
        failed=1
    fi
}
none_left() {
    local left
    left=$(find "$1" -name '*.tmp-*')
    check "nothing half-written in $1" test -z "$left"
}
made=(data make darcy --n-train 8 --quiet)
check "data" "$recraft" "${made[@]}" --n-test 2 --resolution 5 --out good

"$recraft" "${made[@]}" --n-test 2 --out other >/dev/full 2>"$scratch.err"
ended "standard output: cannot be written: No space left on device; free some space"

(ulimit -f 1 && exec "$recraft" "${made[@]}" --n-test 2 --resolution 29 --out large >"$scratch.out" 2>"$scratch.err")
ended "cannot be written: File too large"
none_left .

# As when the disk refuses a page of a mapped file.
"$recraft" "${made[@]}" --n-test 100000 --out endless 2>"$scratch.err" &
for _ in $(seq 1000); do compgen -G "endless*" >/dev/null && break || sleep 0.01; done
kill -BUS $!
wait $!
ended "cannot be read any more: its disk is failing"
rm -r endless*

RECRAFT_HOME=home HF_ENDPOINT=http://127.0.0.1:1 "$recraft" models get roberta-base 2>"$scratch.err"
ended "http://127.0.0.1:1/"

# Small file systems, where they can be mounted.
mkdir small
if mount -t tmpfs -o size=300k none small 2>/dev/null; then
    "$recraft" fit --data good --method nft --out small/run --set fit.epochs=1 --set fit.warmup=0 \
        --quiet 2>"$scratch.err"
    ended "cannot be written: No space left on device; free some space, or write to another disk"
    none_left small
    umount small
else
    echo "skip the full disk: no file system can be mounted here"
fi
if mount -t tmpfs -o ro none small 2>/dev/null; then
    "$recraft" "${made[@]}" --n-test 2 --out small/data 2>"$scratch.err"
    ended "Read-only file system; check the permissions, or choose another place"
    umount small
fi
exit $failed
