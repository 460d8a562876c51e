#!/usr/bin/env bash
# One training on several ranks, with each MPI that is installed: the same bits on any number of ranks; what is unequal
# is refused; a rank is killed, and the run goes on. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
. "$here/ranks.sh"
python3 "$here/make_signals.py" data || exit 1
python3 "$here/make_tiny_bert.py" tiny.safetensors || exit 1
small=(--data data/table --source tiny.safetensors --set fit.batch=13 --set fit.warmup=0 --set fit.epochs=3
    --set fit.shards=12 --set align.epochs=2 --quiet)
fit() { "$recraft" fit "${small[@]}" "$@"; }

ranks() { on "$1" "$recraft" fit "${small[@]}" "${@:2}"; }
plain=(--method nft)
clipped=(--method nft --set fit.clip=0.1 --set fit.accumulate=2 --set fit.average=0.9)
stages=(--method recraft)
rounded=(--method recraft --set fit.wire=bf16)
for how in plain clipped stages rounded; do
    declare -n options=$how
    check "$how, without ranks" fit "${options[@]}" --out $how
    for mpi in "${mpis[@]}"; do
        for n in 1 2 3 4; do
            # Of most, one number of ranks is as good as another.
            case $how-$n in plain-* | rounded-[24] | *-3) ;; *) continue ;; esac
            check "$how, $mpi, $n ranks" ranks $n "${options[@]}" --out $how-$mpi-$n
            check "the same bits" same_run $how $how-$mpi-$n
        done
    done
done

# Gradients travel, as between machines, or lie where all ranks of this one see them.
step=("$recraft" bench --model swin-mini --batch 2 --steps 1 --json)
for mpi in "${mpis[@]}"; do
    on 2 "${step[@]}" >step.json
    check "$mpi, a step in memory of all" grep -q '"shared_memory": true' step.json
done
export RECRAFT_WINDOW=none
mpi=${mpis[0]}
on 2 "${step[@]}" >step.json
check "$mpi, a step that is sent" grep -q '"shared_memory": false' step.json
check "plain, 3 ranks that send" ranks 3 "${plain[@]}" --out plain-sent
check "the same bits" same_run plain plain-sent
mpi=${mpis[-1]}
check "rounded, 4 ranks that send" ranks 4 "${rounded[@]}" --out rounded-sent
check "the same bits" same_run rounded rounded-sent
unset RECRAFT_WINDOW

check "rounding is of some effect" test -n "$(cmp stages/model.safetensors rounded/model.safetensors)"
check "the run says what travelled" grep -q "wire: bf16" rounded-$mpi-4/config.yaml

# Of data by pieces, each of which is one sample here, a rank reads in an epoch those it learns from: together they read
# the data once, less what they still hold of the epoch before. Before training they together read them three times.
python3 - "$here" <<'END' || exit 1
import os, random, sys
sys.path.insert(0, sys.argv[1])
import npy
random.seed(5)
x = [random.random() for _ in range(256 * 4096)]
def make(folder, x):
    os.mkdir(folder)
    for part, n in (("train", len(x) // 4096), ("test", 4)):
        npy.write("%s/x_%s.npy" % (folder, part), "<f4", (n, 1, 64, 64), x[:n * 4096])
        npy.write("%s/y_%s.npy" % (folder, part), "<i8", (n,), [i % 2 for i in range(n)])
make("large", x)
for lost in 230 * 4096, 251 * 4096:
    x[lost] = float("nan")
make("gaps", x)
END
printf '%s\n' '"$@" && sed -n "s/^rchar: //p" /proc/$$/io >>bytes' >count.sh # with those of what it has waited for
by_pieces=(--method nft --source swin-mini --set data.memory=1 --set model.image_size=16 --set fit.batch=32
    --set fit.shards=6 --set data.valid_fraction=0 --set fit.warmup=0 --set fit.opponents=no --set fit.head_start=seed)
# bytes_of RANKS EPOCHS SETTING...: that all ranks read, but for maps.
bytes_of() {
    rm -rf bytes large-$1-$2
    on "$1" bash count.sh "$recraft" fit --data large "${by_pieces[@]}" --set fit.epochs="$2" "${@:3}" \
        --out large-$1-$2 --quiet >/dev/null
    awk '{ n += $1 } END { print n + 0 }' bytes
}
mpi=${mpis[-1]}
if [ -r /proc/self/io ]; then
    size=$((256 * 4 * 4096))
    for n in 1 2 3; do
        nothing=$(bytes_of $n 1 --set data.memory=2048)
        once=$(bytes_of $n 1)
        read=$(($(bytes_of $n 5) - once))
        echo "$n ranks: $read bytes more of 4 times $size"
        check "$n ranks read each sample once an epoch" test $((10 * read)) -gt $((25 * size)) -a $((10 * read)) \
            -lt $((50 * size))
        echo "$n ranks: $((once - nothing)) bytes of it before and in the first"
        check "and three times before" test $((10 * (once - nothing))) -lt $((45 * size))
    done
    for n in 2 3; do check "the same bits" same_run large-1-5 large-$n-5; done
fi
# Opponents are rank 0's alone, and so is what they read.
opponents() { # opponents RUN RANKS: with their names
    rm -rf "$1"
    check "opponents of $2 ranks" on "$2" "$recraft" fit --data large "${by_pieces[@]}" --set fit.epochs=1 \
        --set fit.opponents=auto --out "$1" --quiet >/dev/null
    sed -n '/"opponents"/,/^  }/p' "$1/result.json" >"$1.opponents"
}
opponents against-1 1
opponents against-2 2
check "the same bits" same_run against-1 against-2
check "the same opponents" cmp against-1.opponents against-2.opponents
check "which are told of" grep -q "would need all samples in memory" against-2.opponents
for n in 2 3; do
    told "holds NaN (first in sample 230)" on $n "$recraft" fit --data gaps "${by_pieces[@]}" --set fit.epochs=1 \
        --out gaps-$n --quiet
done

# Distances of which there is enough to share: 64 samples against the 5,000 features of swin-mini; at this epsilon their
# own term is found anew.
python3 - "$here" <<'END' || exit 1
import os, random, sys
sys.path.insert(0, sys.argv[1])
import npy
os.mkdir("many")
random.seed(8)
for part, n in (("train", 80), ("test", 4)):
    npy.write("many/x_%s.npy" % part, "<f4", (n, 7), [random.gauss(i % 2, 1) for i in range(n) for _ in range(7)])
    npy.write("many/y_%s.npy" % part, "<i8", (n,), [i % 2 for i in range(n)])
END
many=("$recraft" fit --data many --source swin-mini --method fa --set align.epsilon=20 --set align.epochs=2
    --set fit.epochs=0 --set fit.batch=16 --set fit.shards=12 --quiet)
mpi=${mpis[0]}
for distance in sinkhorn mmd; do
    check "$distance" "${many[@]}" --set align.distance=$distance --out $distance
    check "$distance on ranks" on 3 "${many[@]}" --set align.distance=$distance --out $distance-3
    check "the same bits" same_run $distance $distance-3
done

# What other commands share out, with one MPI: the same files and scores.
mpi=${mpis[-1]}
python3 "$here/make_model_folder.py" "$here/../data/bert/bert.safetensors" bert 3000 || exit 1
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' the cat dog saw a man in paris london . ? who what is on at of \
    to >bert/vocab.txt
mkdir texts words
for part in train test; do
    printf 'text,label\n' >texts/$part.csv
    for _ in 1 2 3 4 5 6 7; do
        printf 'the cat saw a man.,told\nwho is in paris?,asked\n' >>texts/$part.csv
        printf 'the O\ncat O\nparis LOC\n\nwho O\n\n' >>words/$part.conll
    done
done
# both FILE COMMAND...: the file is the same whether one process or three make it; FILE stands for it in the command.
both() {
    local file=$1
    shift
    check "${*:1:2}" "$recraft" "${@//FILE/one-$file}" --quiet
    check "${*:1:2} on ranks" on 3 "$recraft" "${@//FILE/three-$file}" --quiet
    check "gives the same" cmp "one-$file" "three-$file"
}
both texts.safetensors source build --model bert --data texts --out FILE --set source.batch=4 \
    --set source.head_epochs=1 --set source.recalibration_epochs=1
both words.safetensors source build --model bert --data words --out FILE --set source.batch=4 \
    --set source.head_epochs=1 --set source.recalibration_epochs=1
both sets.safetensors source build --model bert --data texts --data words --out FILE --set source.batch=4 \
    --set source.head_epochs=1 --set source.recalibration_epochs=1
sets=("$recraft" fit --data data/table --source one-sets.safetensors --method recraft --set align.epochs=2
    --set fit.epochs=1 --set fit.batch=13 --set fit.shards=12 --set fit.warmup=0 --quiet)
check "a run from several sets" "${sets[@]}" --out sets
check "the same on ranks" on 3 "${sets[@]}" --out sets-3
check "the same bits" same_run sets sets-3
# Of the table of words, the rows that are looked up travel alone.
of_words=("$recraft" fit --data words --source one-words.safetensors --method nft --set fit.epochs=2
    --set fit.warmup=0 --set fit.shards=6 --quiet)
check "a run of words" "${of_words[@]}" --out words-run
check "the same on ranks" on 3 "${of_words[@]}" --out words-3
check "the same bits" same_run words-run words-3
export RECRAFT_WINDOW=none
check "the same on ranks that send" on 3 "${of_words[@]}" --out words-sent
unset RECRAFT_WINDOW
check "the same bits" same_run words-run words-sent
check "rounded words" "${of_words[@]}" --set fit.wire=bf16 --out words-rounded
check "the same on ranks" on 3 "${of_words[@]}" --set fit.wire=bf16 --out words-rounded-3
check "the same bits" same_run words-rounded words-rounded-3
# What is made of several runs: by the same budget, the same ones.
same_parts() {
    [ -e "$1/result.json" ] && for model in $(cd "$1" && find . -name model.safetensors); do cmp "$1/$model" \
        "$2/$model" || return 1; done
}
several=("$recraft" fit --data data/table --set fit.batch=8 --set fit.shards=2 --set fit.epochs=2 --set fit.budget=3
    --set fit.warmup=0 --quiet)
check "auto" "${several[@]}" --source tiny.safetensors --out auto
check "auto on ranks" on 2 "${several[@]}" --source tiny.safetensors --out auto-2
check "the same predictor" same_parts auto auto-2
check "two sources" "${several[@]}" --source tiny.safetensors,swin-mini --method nft --out two
check "two sources on ranks" on 2 "${several[@]}" --source tiny.safetensors,swin-mini --method nft --out two-2
check "the same predictor" same_parts two two-2
smaller=("$recraft" distill --teacher plain --student tiny.safetensors --set fit.batch=12 --set fit.shards=6
    --set fit.epochs=2 --set fit.warmup=0 --quiet)
check "a student" "${smaller[@]}" --out student
check "a student on ranks" on 3 "${smaller[@]}" --out student-3
check "the same bits" same_run student student-3
shorter=("$recraft" distill --teacher one-texts.safetensors --layers 1 --data texts --set fit.batch=4 --set fit.shards=2
    --set fit.epochs=2 --set fit.warmup=0 --set source.head_epochs=1 --set source.recalibration_epochs=1 --quiet)
check "a source" "${shorter[@]}" --out shorter-1.safetensors
check "a source on ranks" on 2 "${shorter[@]}" --out shorter-2.safetensors
check "the same bits" same_run shorter-1.run shorter-2.run
{ echo weight,kind && for i in $(seq 40); do echo "$((i * 7 % 11)),$((i % 2))"; done; } >pets.csv
# From a raw file to the report, which rank 0 makes while the others wait.
raw=("$recraft" auto pets.csv --label kind --source tiny.safetensors --set fit.batch=8 --set fit.shards=2
    --set fit.epochs=2 --set fit.budget=3 --set fit.warmup=0 --json --quiet)
scores() { # of what one process alone has printed
    python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["metric"], r["valid"], r["test"], list(r["opponents"]))' <"$scratch.out"
}
check "auto of a raw table" "${raw[@]}" --out raw
scores >raw-1.txt
check "the same on ranks" on 2 "${raw[@]}" --out raw-2
scores >raw-2.txt
check "the same scores, and one report" test -s raw-1.txt -a "$(cat raw-1.txt)" = "$(cat raw-2.txt)" \
    -a -s raw-2/report.html
check "the same predictor" same_parts raw raw-2
check "looks ahead at a raw table on ranks" on 2 "$recraft" fit --data pets.csv --label kind --method nft \
    --source tiny.safetensors --dry-run --json --set fit.epochs=1 --set fit.warmup=0 --quiet

for n in 1 3; do
    check "align on $n" on $n "$recraft" align --data many --source swin-mini --distances sinkhorn,sliced \
        --resamples 7 --features 50 --json
    cp "$scratch.out" align-$n.json
done
check "the same distances" cmp align-1.json align-3.json
both tags.conll predict --run words-run --input words/test.conll --output FILE
for _ in $(seq 20); do cat words/test.conll; done >several.conll
# batches for all ranks, the last one not full
both several-tags.conll predict --run words-run --input several.conll --output FILE
both answers.csv predict --run plain --input data/table/x_train.npy --output FILE
both features.npy embed --run plain --input data/table/x_train.npy --output FILE
# by pieces
both pieces.csv predict --run against-1 --input large --part train --output FILE
both pieces.npy embed --run against-1 --input large/x_train.npy --output FILE
for run in plain words-run; do
    check "eval" "$recraft" eval --run $run --json
    cp "$scratch.out" one.json
    check "eval on ranks" on 3 "$recraft" eval --run $run --json
    cp "$scratch.out" three.json
    check "gives the same" cmp one.json three.json
done
told "standard input reaches one rank alone" on 2 "$recraft" predict --run plain --input - --output -
told "standard input reaches one rank alone" on 2 "$recraft" embed --run plain --input - --output -
# One rank alone is told to stop.
for _ in $(seq 150); do cat several.conll several.conll several.conll several.conll several.conll; done >many.conll
on 2 "$recraft" predict --run words-run --input many.conll --output never.conll --quiet 2>err >/dev/null &
job=$!
for _ in $(seq 400); do
    two=($(pids never.conll)) # to find them takes a while
    [ ${#two[@]} -eq 2 ] && break
    sleep 0.05
done
sleep 0.3
kill -USR1 "${two[1]}"
wait $job
check "all ranks stop" test $? -eq 130 -a ! -e never.conll
soon "in one line" once "nothing was written"

# What another rank has another of is refused: one works in a folder here, one there.
mkdir here there
for place in here there; do
    cp -r plain words-run against-1 data words texts bert large $place
    cp one-texts.safetensors $place/source.safetensors
done
apart() { on 1 env -C here "$recraft" "$@" --quiet : -n 1 env -C there "$recraft" "$@" --quiet; }
# other WHAT FILE CHANGED COMMAND...: all is well until FILE is CHANGED there; without WELL, which may be known of the
# command, that alone is tried.
well=yes
other() {
    local what=$1 file=$2 changed=$3
    shift 3
    [ "$well" ] && check "$1 in two places" apart "$@"
    rm -rf {here,there}/{out,out.*}
    cp "there/$file" kept
    cp "$changed" "there/$file"
    told "has $what than rank 0 on" apart "$@"
    check "nothing is left of it" test -z "$(ls -d {here,there}/out* 2>/dev/null)"
    cp kept "there/$file"
}
python3 - <<'END' || exit 1
for file in "data/table/x_train.npy", "data/table/x_test.npy", "bert/model.safetensors", "large/x_train.npy":
    changed = bytearray(open(file, "rb").read())
    changed[-4] ^= 1 # of the last number, the last bit
    open("changed-large.npy" if "large" in file else "changed-" + file.split("/")[-1], "wb").write(changed)
END
sed 's/^cat$/dog/; t; s/^dog$/cat/' bert/vocab.txt >changed-vocab.txt
sed 's/"layer_norm_eps": [^,]*/"layer_norm_eps": 1e-06/' bert/config.json >changed-config.json
sed 's/cat/dog/' texts/train.csv >changed.csv
sed 's/cat/dog/' words/test.conll >changed.conll
table=(--data data/table --source swin-mini)
building=(source build --model bert --data texts --out out.safetensors --set source.batch=4 --set source.head_epochs=1
    --set source.recalibration_epochs=1)
other "another model" plain/model.safetensors clipped/model.safetensors eval --run plain
other "other data" data/table/x_test.npy changed-x_test.npy eval --run plain
other "another model" plain/model.safetensors clipped/model.safetensors predict --run plain \
    --input data/table/x_test.npy --output out.csv
other "another input" data/table/x_test.npy changed-x_test.npy predict --run plain --input data/table/x_test.npy \
    --output out.csv
other "another input" large/x_train.npy changed-large.npy predict --run against-1 --input large --part train \
    --output out.csv
other "another input" words/test.conll changed.conll predict --run words-run --input words/test.conll --output out.conll
other "other data, or another source," data/table/x_train.npy changed-x_train.npy fit "${table[@]}" --method nft \
    --set fit.epochs=1 --set fit.warmup=0 --out out
other "other data" texts/train.csv changed.csv "${building[@]}"
other "another model" bert/model.safetensors changed-model.safetensors "${building[@]}"
other "another model" bert/model.safetensors changed-model.safetensors embed --model bert --input texts/test.csv \
    --output out.npy
other "another source" source.safetensors one-sets.safetensors embed --source source.safetensors \
    --input texts/test.csv --output out.npy
other "another input, or another tokenizer," texts/test.csv changed.csv embed --source source.safetensors \
    --input texts/test.csv --output out.npy
aligning=(align "${table[@]}" --distances sliced --resamples 0 --features 20)
other "other data" data/table/x_train.npy changed-x_train.npy "${aligning[@]}"
# Settings of a file, and those that a run was made with.
other "other data, or another source," large/x_train.npy changed-large.npy fit --data large "${by_pieces[@]}" \
    --set fit.epochs=1 --out out
well=
embedding=(embed --model bert --input texts/test.csv --output out.npy)
other "another input, or another tokenizer," bert/vocab.txt changed-vocab.txt "${embedding[@]}"
other "another model" bert/config.json changed-config.json "${embedding[@]}"
for place in here there; do echo "seed: 1" >$place/settings.yaml; done
echo "seed: 2" >changed.yaml
for command in building embedding aligning; do
    declare -n words=$command
    other "other settings" settings.yaml changed.yaml "${words[@]}" --config settings.yaml
done
other "other settings" settings.yaml changed.yaml fit "${table[@]}" --method nft --out out --config settings.yaml
other "other settings" settings.yaml changed.yaml pretrain --data data/table --backbone series-mini --out out \
    --config settings.yaml
sed 's/^seed: 0$/seed: 1/' plain/config.yaml >changed.yaml
other "other settings" plain/config.yaml changed.yaml eval --run plain
other "other settings" plain/config.yaml changed.yaml predict --run plain --input data/table/x_test.npy --output out.csv

for mpi in "${mpis[@]}"; do
    told "5 ranks cannot share evenly" ranks 5 --method nft --out none
    told "other options" on 1 "$recraft" fit "${small[@]}" --method nft --seed 1 --out none : -n 1 "$recraft" fit \
        "${small[@]}" --method nft --out none
    told "the folder exists" ranks 2 --method nft --out plain
    check "nothing is left of it" test ! -e none
    check "unequal ranks" on 1 env OMP_NUM_THREADS=1 "$recraft" fit "${small[@]}" --method nft --out unequal-$mpi : \
        -n 1 env OMP_NUM_THREADS=2 "$recraft" fit "${small[@]}" --method nft --out unequal-$mpi
    check "are told of" grep -q '"ranks differ in threads' unequal-$mpi/result.json
    check "equal ones are not" eval '! grep -q "ranks differ" plain-$mpi-3/result.json'
    told "report: several ranks were started" on 2 "$recraft" report --run plain
    check "it has not begun" test ! -e plain/report.html
    RECRAFT_MPI=none check "unless each is for itself" on 2 "$recraft" data list
    RECRAFT_MPI=$scratch/none.so told "the plug-in for MPI cannot be opened" ranks 1 --method nft --out none
done

# One rank alone is told to stop, in stage 1: all end alike.
stage=("${many[@]}" --set align.distance=sinkhorn --set align.epochs=100)
check "an undisturbed stage 1" "${stage[@]}" --out told-whole
for mpi in "${mpis[@]}"; do
    on 2 "${stage[@]}" --out told-$mpi 2>err >/dev/null &
    job=$!
    for _ in $(seq 2000); do
        [ -s told-$mpi/metrics.jsonl ] && break
        sleep 0.005
    done
    kill -USR1 "$(pids told-$mpi | sed -n 2p)"
    wait $job
    check "all ranks stop" test $? -eq 130 -a -s told-$mpi/checkpoint/state.safetensors
    soon "in one line" once "the checkpoint is written"
    check "and go on" on 4 "${stage[@]}" --out told-$mpi --resume
    check "to the same bits" same_run told-whole told-$mpi
done
long=(--method nft --set fit.epochs=500)
check "an undisturbed run" fit "${long[@]}" --out whole
for mpi in "${mpis[@]}"; do
    run=cut-$mpi
    ranks 4 "${long[@]}" --out $run 2>err >/dev/null &
    job=$!
    for _ in $(seq 2000); do
        [ -e $run/metrics.jsonl ] && break
        sleep 0.005
    done
    lost=$(pids $run | sed -n 3p) # to find it may take longer than what is left of the run later
    for _ in $(seq 2000); do
        [ -s $run/checkpoint/state.safetensors ] && [ "$(wc -l <$run/metrics.jsonl)" -gt 20 ] && break
        sleep 0.005
    done
    kill -9 "$lost"
    wait $job
    check "a killed rank ends the run" test $? -ne 0 -a ! -e $run/result.json
    soon "all have ended" gone $run
    soon "one line of it" once "is gone; give the same command again, with --resume if it trains"
    check "it goes on with fewer" ranks 2 "${long[@]}" --out $run --resume
    check "to the same bits" same_run whole $run
done
exit $failed
