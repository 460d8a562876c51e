#!/usr/bin/env bash
# Wrong input gets one clear line, exit code 2, and leaves nothing behind. $1: the program, $2: a scratch folder.
set -u
recraft=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch" || exit 1
failed=0
# refused WORDS COMMAND...: exit code 2, one line on standard error that contains the words, nothing on standard output.
refused() {
    local words=$1
    shift
    "$@" >out 2>err </dev/null
    local code=$?
    if [ $code -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] && grep -qF -- "$words" err &&
        [ ! -s out ]; then echo "ok   $words"; else
        echo "FAIL wanted \"$words\", exit 2; got exit $code: $(cat err)"
        failed=1
    fi
}
absent() { [ ! -e "$1" ] || {
    echo "FAIL $1 was left behind"
    failed=1
}; }
fit() {
    local method=(--method recraft)
    [[ " $* " == *" --method "* ]] && method=()
    "$recraft" fit "${method[@]}" --data "$1" --out run "${@:2}" --quiet
}

"$recraft" data make darcy --out good --n-train 8 --n-test 2 --resolution 5 --quiet >/dev/null || exit 1

# arguments
refused "no command" "$recraft" fitt
refused "did you mean --data" "$recraft" fit --dat x
refused "--out DIR is missing" "$recraft" fit --method recraft --data good
refused "needs a value" "$recraft" fit --method recraft --data good --out
refused "no such method" fit good --method best
refused "no source of this name" fit good --source swin-huge
refused "did you mean align.epsilon" fit good --set align.epsilom=1
refused "takes a number" fit good --set fit.lr=fast
refused "takes a whole number" fit good --set fit.batch=-1
refused "takes one of" fit good --set fit.schedule=sometimes
refused "expected key=value" fit good --set fit.lr
refused "takes a whole number" fit good --seed x
absent run

# settings files
printf 'fit:\n  epochz: 3\n' >bad.yaml
refused "bad.yaml:2: there is no setting \"fit.epochz\"; did you mean fit.epochs" fit good --config bad.yaml
printf 'fit:\n  epochs: 3\n  epochs: 4\n' >bad.yaml
refused "set twice" fit good --config bad.yaml
printf 'fit: [1, 2]\n' >bad.yaml
refused "only plain values" fit good --config bad.yaml
printf 'fit: {\n' >bad.yaml
refused "not valid YAML" fit good --config bad.yaml
refused "no such file" fit good --config nowhere.yaml
absent run

# data sets
refused "no such data set" fit nowhere
mkdir empty
refused "are missing" fit empty
copy() {
    rm -rf bad
    cp -r good bad
}
copy && rm bad/y_train.npy
refused "y_train is missing" fit bad
copy && truncate -s -100 bad/x_train.npy
refused "cut off" fit bad
copy && printf 'more' >>bad/x_train.npy
refused "the file is too long" fit bad
copy && printf 'not an array at all' >bad/x_train.npy
refused "not a .npy file" fit bad
copy && cp good/y_test.npy bad/y_train.npy
refused "samples" fit bad
# a NaN in the middle of x (little-endian 0x7fc00000), an infinity in that of y, where NaN is a point that is not known
copy && printf '\x00\x00\xc0\x7f' | dd of=bad/x_train.npy bs=1 seek=328 conv=notrunc status=none
refused "NaN" fit bad
copy && printf '\x00\x00\x80\x7f' | dd of=bad/y_train.npy bs=1 seek=328 conv=notrunc status=none
refused "infinity" fit bad
absent run

# runs
mkdir taken && echo x >taken/file
refused "not empty" "$recraft" fit --method recraft --data good --out taken --quiet
refused "no run to resume" fit good --resume
refused "no such run folder" "$recraft" eval --run nowhere
refused "unfinished" "$recraft" eval --run taken
refused "not a run folder" "$recraft" report --run taken
refused "exists already" "$recraft" data make darcy --out good --n-train 1 --quiet
refused "did you mean spherical" "$recraft" data transform sphericle --in good --out new --quiet
refused "takes sounds" "$recraft" data transform log-mel --in good --out new --quiet
refused "no such data set" "$recraft" data transform spherical --in nowhere --out new --quiet
refused "did you mean spherical" "$recraft" fit --task sphericle --data good --out new --quiet
refused "did you mean burgers" "$recraft" data make burger --out new --quiet
refused "takes a number from 0 to 100" "$recraft" data make burgers --out new --set nu=-1 --quiet
refused "has the parameters" "$recraft" data make burgers --out new --set mu=1 --quiet
refused "takes 16 to" "$recraft" data make burgers --out new --resolution 2 --quiet
refused "not a safetensors file" "$recraft" source show good/x_train.npy
refused "no distance is called" "$recraft" distance --a good/x_train.npy --b good/x_train.npy --distance far
refused "samples have 2, [N, D]" "$recraft" distance --a good/x_train.npy --b good/x_train.npy --distance sinkhorn
refused "this backbone takes images" "$recraft" embed --source swin-mini --input good/y_train.npy --output f.npy
refused "no backbone is called" "$recraft" bench --model swin-giant

# models
export RECRAFT_HOME=home
refused "did you mean roberta-base" "$recraft" models get roberta-bas
refused "with --from any model" "$recraft" models get something-else
refused "cannot be a model's name" "$recraft" models get ../up --from good
refused "no model in it" "$recraft" models get mine --from good
refused "no such folder or file" "$recraft" models get mine --from nowhere.zip
refused "not a readable" "$recraft" models get minilm --from good/x_train.npy
HF_ENDPOINT=file:///etc refused "not an http" "$recraft" models get roberta-base
leftovers=$(find home -mindepth 2)
[ -z "$leftovers" ] || {
    echo "FAIL left behind by models get: $leftovers"
    failed=1
}

# align
align() { "$recraft" align --data good --quiet "$@"; }
refused "align: no data" "$recraft" align --source swin-mini
refused "no source of this name" align --source swin-huge
refused "is given twice" align --source swin-mini,swin-mini
refused "between commas is empty" align --source swin-mini,
refused "no distance is called \"w3\"" align --distances w1,w3
refused "takes a whole number" align --resamples many
refused "one resample has no spread" align --resamples 1
refused "known: bound, w1, probe, leep, nce, logme" align --rank-by size
refused "no/where/page.html" align --page no/where/page.html
refused "not a run folder" align --run taken
refused "both none" "$recraft" fit --method recraft --data good --out run --set align.distance=none \
    --set align.distortion=none --quiet
refused "align.epochs is 0" "$recraft" fit --method recraft --data good --out run --set align.epochs=0 --quiet
refused "align.epochs is 0" "$recraft" fit --data good --method fa --out run --set align.epochs=0 \
    --set align.mode=sequential --quiet
refused "cannot be none" "$recraft" fit --data good --method fa --out run --set align.distance=none --quiet
absent run

# a diverging run names the step and keeps what was saved
refused "became" "$recraft" fit --data good --method nft --out wild --set fit.lr=1e6 --set fit.optimizer=sgd \
    --set fit.warmup=0 --set fit.epochs=5 --quiet
exit $failed
