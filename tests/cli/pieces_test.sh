#!/usr/bin/env bash
# Training on data that are larger than the memory they are given. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"

# 120 pictures of 2.2 MiB in all, of two classes one after the other: in one file, and in shards of unequal length.
PYTHONPATH=$here python3 - <<'PY'
import os, random
import npy
n, side, cut = 120, 70, [0, 17, 18, 90, 120]
random.seed(1)
x = [random.gauss(0, 1) + 0.1 * (i >= n // 2) for i in range(n) for _ in range(side * side)]
y = [int(i >= n // 2) for i in range(n)]
os.makedirs("one")
os.makedirs("shards")
def write(path, first, last):
    npy.write(path % "x", "<f4", (last - first, 1, side, side), x[first * side * side:last * side * side])
    npy.write(path % "y", "<i8", (last - first,), y[first:last])
write("one/%s_train.npy", 0, n)
for k in range(len(cut) - 1):
    write("shards/%%s_train-%05d.npy" % k, cut[k], cut[k + 1])
for folder in "one", "shards":
    write(folder + "/%s_test.npy", 50, 70)
PY
small=(--method nft --quiet --set model.image_size=32 --set data.valid_fraction=0 --set fit.epochs=2)
fit() { "$recraft" fit "${small[@]}" --data "$1" --out "$2" "${@:3}"; } # fit DATA RUN ...
pieces=(--set data.memory=1)

check "in memory" fit one memory
check "shards in memory" fit shards joined
check "are the same" cmp memory/model.safetensors joined/model.safetensors
check "by pieces" fit one pieces "${pieces[@]}"
check "which is said" grep -qF "x_train takes 2 MiB, more than data.memory (1 MiB): it is read by pieces" \
    pieces/result.json
check "opponents are skipped" grep -qF "it would need all samples in memory" pieces/result.json
check "of its memory only the blocks that are held are foreseen" eval \
    '"$recraft" fit "${small[@]}" "${pieces[@]}" --data one --out dry --dry-run --json | grep -q "\"data\": 1\.[45]"'
check "in another order" eval '! cmp -s memory/model.safetensors pieces/model.safetensors'
check "shards by pieces" fit shards parts "${pieces[@]}"
check "are the same as one file by pieces" cmp pieces/model.safetensors parts/model.safetensors
check "cut" cut_at 1 cut "$recraft" fit "${small[@]}" "${pieces[@]}" --data shards --out cut
check "resumed" fit shards cut "${pieces[@]}" --resume
check "the same bits" cmp parts/model.safetensors cut/model.safetensors
check "evaluated" "$recraft" eval --run parts --data shards --quiet

# A set of three times the memory that there is: of addresses, what a run on a little of it takes, and 32 MiB more.
# (Threads that meet in malloc would take 64 MiB of addresses each.)
export MALLOC_ARENA_MAX=1
PYTHONPATH=$here python3 - <<'PY'
import os, random
import npy
random.seed(2)
x = [random.gauss(0, 1) for _ in range(32 * 256 * 256)]
os.makedirs("little")
for part, n in ("train-00000", 32), ("test", 8):
    npy.write("little/x_%s.npy" % part, "<f4", (n, 1, 256, 256), x[:n * 256 * 256])
    npy.write("little/y_%s.npy" % part, "<i8", (n,), [i % 2 for i in range(n)])
PY
cp -r little much
for k in 01 02 03 04 05 06 07 08 09 10 11; do for what in x y; do cp little/${what}_train-00000.npy \
    much/${what}_train-000$k.npy; done; done
size=$(du -k --apparent-size -c much/x_train* | tail -n 1 | cut -f 1)
wide=(--method recraft --source swin-mini --quiet --set model.image_size=16 --set fit.epochs=1 --set fit.batch=32
    --set align.epochs=1 --set align.samples=64)
check "a run on a little of it" peak_of "$recraft" fit "${wide[@]}" --set data.memory=4 --data little --out little-run
limited() { (ulimit -v $((peak + 32 * 1024)) && "$recraft" fit "${wide[@]}" --data much "$@"); }
check "$size kB by pieces, in 32 MiB" [ $size -ge $((3 * 32 * 1024)) ]
check "are trained on" limited --set data.memory=4 --out much-run
told_of_memory() { grep -qF "out of memory" whole.err || { cat whole.err && false; }; }
check "as a whole they do not fit" eval '! limited --out whole-run 2>whole.err && told_of_memory'

# A shard goes away in the middle: one line, and the run goes on when it is there again.
"$recraft" fit "${small[@]}" "${pieces[@]}" --data shards --out gone >gone.out 2>gone.err &
job=$!
soon "an epoch" grep -q train_loss gone/metrics.jsonl
mv shards/x_train-00002.npy away.npy
wait $job
check "the end" [ $? -eq 2 ]
check "names the file" eval \
    'grep -qF "shards/x_train-00002.npy: the file has vanished" gone.err && [ "$(wc -l <gone.err)" -eq 1 ]'
refused "x_train-00002.npy is missing" fit shards other "${pieces[@]}"
mv away.npy shards/x_train-00002.npy
check "resumed when it is back" fit shards gone "${pieces[@]}" --resume
check "with the same bits" cmp parts/model.safetensors gone/model.safetensors
exit $failed
