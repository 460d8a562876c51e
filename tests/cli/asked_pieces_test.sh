#!/usr/bin/env bash
# Asking about data that are larger than the memory they are given: predict, embed and eval take what fit takes, and say
# the same of it; distill learns from what its teacher says of it. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"

# 120 pictures of 2.3 MB in all: in one file, and in shards of unequal length; as a data set, and inputs alone.
PYTHONPATH=$here python3 - <<'PY'
import os, random
import npy
n, size, cut = 120, 3 * 40 * 40, [0, 17, 18, 90, 120]
random.seed(1)
x = [random.gauss(0, 1) + 0.1 * (i >= n // 2) for i in range(n) for _ in range(size)]
y = [int(i >= n // 2) for i in range(n)]
for folder in "one", "shards", "alone":
    os.makedirs(folder)
def write(path, first, last):
    npy.write(path % "x", "<f4", (last - first, 3, 40, 40), x[first * size:last * size])
    npy.write(path % "y", "<i8", (last - first,), y[first:last])
for part in "train", "test":
    write("one/%%s_%s.npy" % part, 0, n)
    for k in range(len(cut) - 1):
        write("shards/%%s_%s-%05d.npy" % (part, k), cut[k], cut[k + 1])
for k in range(len(cut) - 1):
    os.link("shards/x_train-%05d.npy" % k, "alone/x-%05d.npy" % k)
# The same with a second input; and 1.2 MB of token ids.
os.makedirs("two")
for name in "x_train", "y_train", "x_test", "y_test":
    os.link("one/%s.npy" % name, "two/%s.npy" % name)
for part in "train", "test":
    npy.write("two/x_%s.row.npy" % part, "<f4", (n, 2), [random.gauss(0, 1) for _ in range(2 * n)])
ids = [random.randrange(5, 11) for _ in range(9000 * 16)]
os.makedirs("ids")
npy.write("ids.npy", "<i8", (9000, 16), ids)
for k in range(2):
    npy.write("ids/x-%05d.npy" % k, "<i8", (4500, 16), ids[4500 * 16 * k:4500 * 16 * (k + 1)])
ids[-16:] = [0] * 16 # padding
npy.write("padded.npy", "<i8", (9000, 16), ids)
PY
python3 "$here/make_tiny_bert.py" tiny.safetensors || exit 1
small=(--source swin-mini --quiet --set model.image_size=16 --set fit.epochs=1 --set fit.opponents=no)
pieces=(--set data.memory=1)
check "a run" "$recraft" fit --method nft "${small[@]}" "${pieces[@]}" --data one --out run

# answers COMMAND...: the same of all forms, in memory and by pieces.
answers() {
    check "$1 of one file" "$recraft" "$@" --input one/x_train.npy --output whole.npy --set data.memory=64 --quiet
    for form in "one --part train" "shards --part test" alone one/x_test.npy; do
        for memory in 64 1; do
            check "$1 of $form, $memory MiB" "$recraft" "$@" --input $form --output answer.npy \
                --set data.memory=$memory --json
            [ $memory -eq 1 ]
            want=$?
            grep -qF "more than data.memory (1 MiB): it is read by pieces" "$scratch.out"
            check "says how it is read" test $? -eq $want
            check "gives the same" cmp whole.npy answer.npy
        done
    done
}
answers predict --run run
answers embed --run run
answers embed --source swin-mini
check "a run on two inputs" "$recraft" fit --method nft "${small[@]}" --data two --out both
for memory in 64 1; do
    check "predict of two inputs, $memory MiB" "$recraft" predict --run both --input two --part test \
        --output both-$memory.npy --set data.memory=$memory --quiet
    check "embed of token ids, $memory MiB" "$recraft" embed --source tiny.safetensors --output ids-$memory.npy \
        --input $([ $memory -eq 1 ] && echo ids || echo ids.npy) --set data.memory=$memory --quiet
done
check "the same of both" cmp both-64.npy both-1.npy
check "the same of ids" cmp ids-64.npy ids-1.npy
check "eval of one file" "$recraft" eval --run run --data one --json
grep -v '"data"' "$scratch.out" >one.json
check "eval of shards" "$recraft" eval --run run --data shards --json
grep -v '"data"' "$scratch.out" >shards.json
check "gives the same" cmp one.json shards.json
refused "holds several parts of a data set, x_test or another; say which is meant: --part test" \
    "$recraft" predict --run run --input shards --output no.npy
refused "there is no x_valid" "$recraft" predict --run run --input shards --part valid --output no.npy
refused "--part test: run is no folder or file of arrays by name" \
    "$recraft" embed --run run --input run --part test --output no.npy

cp one/x_test.npy pictures.bin
check "embed of a file of any name" "$recraft" embed --source swin-mini --input pictures.bin --output answer.npy \
    "${pieces[@]}" --quiet
check "gives the same" cmp whole.npy answer.npy

# Of token ids in memory nothing is answered before all are looked at; by pieces a row is refused in its turn.
for memory in 64 1; do
    "$recraft" embed --source tiny.safetensors --input padded.npy --output - --set data.memory=$memory --quiet \
        >begun.csv 2>padded.err
    check "row 8999, $memory MiB" grep -qF "padded.npy: row 8999 is only padding" padded.err
    [ $memory -eq 1 ]
    want=$?
    [ -s begun.csv ]
    check "what is out before" test $? -eq $want
done

# Arrays as an import took them: pictures whose channels come last, and a name that is not UTF-8.
PYTHONPATH=$here python3 - <<'PY'
import pickle, random, zipfile
import npy
random.seed(3)
with zipfile.ZipFile("last.npz", "w") as file:
    for part, n in ("train", 16), ("test", 5):
        npy.write("x.npy", "<f4", (n, 16, 12, 3), [random.random() + i % 2 for i in range(n) for _ in range(576)])
        npy.write("y.npy", "<i8", (n,), [i % 2 for i in range(n)])
        for name in "xy":
            file.write(name + ".npy", "%s_%s.npy" % (name, part))
with zipfile.ZipFile("other.npz", "w") as file:
    file.write("y.npy", "images.npy")
x, y = [[random.random() + i % 2 for _ in range(4)] for i in range(16)], [i % 2 for i in range(16)]
values = {b"\1x": x, b"\1y": y, b"\4caf\xe9": [1]}
with open("named.pkl", "wb") as file: # protocol 2, with strings of Python 2
    file.write(b"\x80\2}(" + b"".join(b"U" + k + pickle.dumps(v, 2)[2:-1] for k, v in values.items()) + b"u.")
PY
taken() { # taken RUN FILE OPTION...: a run on what an import makes of the file
    check "imports $2" "$recraft" data import "$2" --out "$1-data" --quiet "${@:3}"
    check "a run on it" "$recraft" fit --method nft "${small[@]}" --data "$1-data" --out "$1"
}
taken last last.npz
check "all of it" "$recraft" predict --run last --input last.npz --output all.csv --quiet
check "has 21 rows" test "$(wc -l <all.csv)" -eq 22
refused "shape [5, 16, 12, 3]; the run takes [N, 3, 16, 12]" "$recraft" predict --run last --input last.npz \
    --part test --output no.csv --quiet
taken named named.pkl --x x --y y --encoding latin1
check "an array's name in latin1" "$recraft" predict --run named --input named.pkl --encoding latin1 \
    --output named.csv --quiet
refused "there is no x_test" "$recraft" predict --run named --input named.pkl --encoding latin1 --part test \
    --output no.csv --quiet

refused 'no x; inputs are called so, or as in a data set: x_test; it holds "images" int64 [5]' \
    "$recraft" embed --source swin-mini --input other.npz --output no.npy
mkdir empty
refused "empty: no x.npy; inputs are called so, or as in a data set: x_test.npy" \
    "$recraft" embed --source swin-mini --input empty --output no.npy

# A student of a run: its teacher's answers, and samples without labels.
learn() { # learn STUDENT DATA UNLABELLED
    "$recraft" distill --teacher run --student swin-mini "${small[@]:2}" "${pieces[@]}" --data $2 \
        --unlabelled $3 --out $1
}
check "a student" learn of-one one one/x_test.npy
check "a student of shards" learn of-shards shards alone
mkdir lone
ln one/x_test.npy lone
check "a student of a part without targets" learn of-lone one lone
for of in shards lone; do
    check "the same student" cmp of-one/model.safetensors of-$of/model.safetensors
    check "says how it is shuffled" grep -qF "and epochs of a student shuffle it in windows of a sixteenth" \
        of-$of/result.json
done
ln one/x_train.npy lone
refused "lone: x_train is there and y_train is missing" learn never one lone

# A set of three times the memory that there is: of addresses, what is taken for a little of it, and 32 MiB more. The
# features before they are pooled are as large as the data.
PYTHONPATH=$here python3 - <<'PY'
import os, random
import npy
random.seed(2)
x = [random.gauss(0, 1) for _ in range(32 * 256 * 256)]
os.makedirs("little")
npy.write("little/x_train-00000.npy", "<f4", (32, 1, 256, 256), x)
npy.write("little/y_train-00000.npy", "<i8", (32,), [i % 2 for i in range(32)])
PY
cp -r little much
for k in 01 02 03 04 05 06 07 08 09 10 11; do for what in x y; do cp little/${what}_train-00000.npy \
    much/${what}_train-000$k.npy; done; done
size=$(du -k --apparent-size -c much/x* | tail -n 1 | cut -f 1)
check "$size kB, in 32 MiB" [ $size -ge $((3 * 32 * 1024)) ]
check "a run on pictures of this size" "$recraft" fit --method nft "${small[@]}" --data little --out wide
export MALLOC_ARENA_MAX=1 # the thread that reads ahead would keep 64 MiB of addresses for itself
flat() { # flat COMMAND...: the memory does not grow with the data
    local command=("$recraft" "$@" --quiet) peak
    check "$1 of a little of it" peak_of "${command[@]}" --input little --output little.npy --set data.memory=4
    limited() { (ulimit -v $((peak + 32 * 1024)) && "${command[@]}" --input much --output much.npy "$@"); }
    check "$1 of it" limited --set data.memory=4
    rm much.npy
    check "as a whole it does not fit" eval '! limited 2>whole.err && grep -qF "out of memory" whole.err'
    check "and nothing is written" [ ! -e much.npy ]
}
# (A sanitizer takes addresses by the terabyte.)
if ! grep -q libasan "$recraft"; then
    flat predict --run wide
    flat embed --run wide --pool none
fi

# A shard goes away in the middle: one line, and nothing is written.
"$recraft" predict --run wide --input much --output gone.csv --set data.memory=4 --quiet 2>gone.err &
job=$!
soon "a beginning" eval 'ls -A | grep -q "gone.csv"'
mv much/x_train-00011.npy away.npy
wait $job
check "the end" [ $? -eq 2 ]
check "names the file" grep -qF "much/x_train-00011.npy: the file has vanished" gone.err
check "one line, and nothing is written" [ "$(wc -l <gone.err)" -eq 1 -a ! -e gone.csv ]
exit $failed
