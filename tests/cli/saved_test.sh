#!/usr/bin/env bash
# Trust in what was saved: damage is told, other data are refused, what an earlier version has left goes on.
# $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
python3 "$here/make_signals.py" data || exit 1
python3 "$here/make_tiny_bert.py" tiny.safetensors || exit 1
edit() { python3 "$here/edit_safetensors.py" "$@"; }
state=checkpoint/state.safetensors
small=(--method nft --source tiny.safetensors --set fit.epochs=400 --set fit.batch=8 --set fit.warmup=0
    --set fit.train=head)
fit() { "$recraft" fit --data data/table "${small[@]}" "$@"; }
# Folders and bundles of an earlier version, without checksums and fingerprints.
cp -r "$here/../data/earlier" . && chmod -R u+w earlier
check "an earlier bundle is shown" "$recraft" source show earlier/source.safetensors
(cd earlier && "$recraft" eval --run finished --json >eval.json)
check "an earlier run is scored as it was" grep -q '"test_loss": 0.6935' earlier/eval.json
# What was done before there were these settings.
(cd earlier && "$recraft" fit --data texts --source source.safetensors --method nft --out cut --config cut/config.yaml \
    --set model.head=mean --set fit.head_start=seed --set fit.decay_of=all --set align.probe_every=0 \
    --resume --json >went_on.json)
check "an earlier checkpoint goes on" test "$(wc -l <earlier/cut/metrics.jsonl)" -eq 80
check "what it does not know is in the result" grep -q 'kept no fingerprints' earlier/went_on.json

# Texts count too.
texts=(--data earlier/texts --source earlier/source.safetensors --method nft --out words --set fit.epochs=2000
    --set fit.warmup=0 --set fit.train=head)
check "a run on texts is cut" cut_at 2 words "$recraft" fit "${texts[@]}"
sed -i '2s/cat/dog/' earlier/texts/train.csv
refused "the data have changed" "$recraft" fit "${texts[@]}" --resume --quiet

# A run that is cut, and what becomes of it.
check "is cut" cut_at 3 run "$recraft" fit --data data/table "${small[@]}" --out run
check "leaves no lock" test ! -e run/run.lock
refused "--resume=often: it takes no value, or auto" fit --out run --resume=often
refused "choose another --out, or --resume" fit --out run
damaged() { # damaged WORDS EDIT...: the checkpoint, edited, is refused
    cp run/$state kept
    edit run/$state "${@:2}"
    refused "$1" fit --out run --resume --quiet
    cp kept run/$state
}
damaged "state.safetensors: the checksum of the contents is" bit
damaged "it is at epoch 1000000" position epoch 1000000
damaged "batch 7, step" position batch 7
damaged "it is past stage 5" position stage 5
damaged "and had 100000000 at the checkpoint" position metrics_bytes 100000000
damaged "samples by batch" position loss_count 3

# Other data and another source than at its beginning.
cp -r data/table kept_table
changed() { # changed WHAT PYTHON: the rows of x_train.npy and y_train.npy, edited, are refused
    python3 - "$2" <<'END'
import struct, sys
files = []
for name, width in (("x", 28), ("y", 8)):
    path = "data/table/%s_train.npy" % name
    raw = open(path, "rb").read()
    start = 10 + struct.unpack("<H", raw[8:10])[0]
    files.append((path, raw[:start], [raw[i:i + width] for i in range(start, len(raw), width)]))
x, y = files[0][2], files[1][2]
exec(sys.argv[1])
for path, head, rows in files:
    head = head.replace(b"(24,", b"(%d," % len(rows))
    open(path, "wb").write(head + b"".join(rows))
END
    refused "the data have changed" fit --out run --resume --quiet
    rm -r data/table && cp -r kept_table data/table
}
changed "another order" 'x.reverse(); y.reverse()'
changed "another value" 'x[3] = x[3][:4] + x[4][4:8] + x[3][8:]'
changed "another label" 'y[0], y[1] = y[1], y[0]; x[0], x[1] = x[1], x[0]'
changed "fewer" 'del x[-1], y[-1]'
cp tiny.safetensors kept
edit tiny.safetensors bit
refused "the source has changed" fit --out run --resume --quiet
cp kept tiny.safetensors

# Gone on with by another number of threads it ends, and says that its bits may be others.
fit --out run --resume --json >told.json 2>told.err
OMP_NUM_THREADS=2 fit --out other --json --set fit.epochs=5 >/dev/null
check "undisturbed, nothing is noted" bash -c "! grep -q notes told.json"
cut_at 3 threads "$recraft" fit --data data/table "${small[@]}" --out threads
OMP_NUM_THREADS=2 fit --out threads --resume --json >told.json
check "other threads are noted" grep -q 'went on with 2 threads after 1' told.json
check "and on the page" bash \
    -c "'$recraft' report --run threads --seconds 1 >/dev/null && grep -q 'went on with 2' threads/report.html"

fit --out done --quiet --set fit.epochs=1 >/dev/null
edit done/model.safetensors bit
refused "model.safetensors: the checksum of the contents is" "$recraft" eval --run done
exit $failed
