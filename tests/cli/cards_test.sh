#!/usr/bin/env bash
# Ranks with a card each, by our own CUDA and NCCL (tests/devices/fake_cuda.h): the same bits whether gradients go from
# card to card or through the host, on any number of ranks; what is in the way is told; a rank is killed, and its card
# is lost. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
. "$here/ranks.sh"
python3 "$here/make_signals.py" data || exit 1
python3 "$here/make_tiny_bert.py" tiny.safetensors || exit 1
mpi=${mpis[-1]}
some=("$recraft" fit --data data/table --source tiny.safetensors --device cuda --set fit.batch=12 --set fit.shards=12
    --set fit.warmup=0 --set align.epochs=1 --set align.samples=12 --set data.limit_train=12 --set fit.opponents=no
        --quiet)
one=("${some[@]}" --method nft --set fit.epochs=1)
two=("${some[@]}" --method recraft --set fit.epochs=1 --set fit.wire=bf16)
export RECRAFT_HOME=$scratch/home
cards() { export FAKE_CUDA=devices=$1,memory=64${2:+,$2}; }
# What the second rank has beyond the others.
cat >odd.sh <<'END'
[ "${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-0}}" = 1 ] && export $ODD
exec "$@"
END
# The run says why its gradients went through the host, or, without words, nothing of it.
said() {
    if [ -n "$2" ]; then grep -qF "gradients go through the host, not from card to card: $2" "$1/result.json";
        else ! grep -q 'card to card' "$1/result.json"; fi
}
across() { # across RUN RANKS WORDS COMMAND...: gives the same bits as RUN, by the way that the words tell
    check "${3:-$1 by NCCL}, $2 ranks" on "$2" "${@:4}" --out "$1-$2"
    check "the same bits" same_run "$1" "$1-$2"
    check "the run says its way" said "$1-$2" "$3"
    rm -rf "${1:?}-$2"
}

cards 4
check "devices names NCCL" bash -c "'$recraft' devices | grep -q 'from card to card by NCCL 2.21.5'"
check "a card" "${one[@]}" --out one
check "two stages, rounded" "${two[@]}" --out two
for n in 2 3 4; do across one $n "" "${one[@]}"; done
across two 3 "" "${two[@]}"

# Labelled words: of their table the rows that are looked up travel alone, past the cards. A clipped norm is of all of
# it.
python3 "$here/make_model_folder.py" "$here/../data/bert/bert.safetensors" bert 3000 || exit 1
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' the cat saw paris who . >bert/vocab.txt
mkdir words
for part in train test; do
    for _ in 1 2 3 4; do printf 'the O\ncat O\nparis LOC\n\nwho O\n\n'; done >words/$part.conll
done
check "a source of words" "$recraft" source build --model bert --data words --out words.safetensors \
    --set source.batch=4 --set source.head_epochs=1 --set source.recalibration_epochs=1 --quiet
of_words=("$recraft" fit --data words --source words.safetensors --device cuda --method nft --set fit.epochs=1
    --set fit.warmup=0 --set fit.batch=6 --set fit.shards=6 --quiet)
check "words" "${of_words[@]}" --out unclipped
of_words+=(--set fit.clip=0.01)
check "clipped words" "${of_words[@]}" --out words-run
check "clipping is of some effect" test -n "$(cmp unclipped/model.safetensors words-run/model.safetensors)"
across words-run 2 "" "${of_words[@]}"
RECRAFT_NCCL=none across words-run 2 "NCCL: RECRAFT_NCCL=none" "${of_words[@]}"

# What is in the way: on all ranks, or on one of them.
cards 4 nccl=21304
across one 3 "NCCL: libnccl.so.2 is older than 2.14 (21304)" "${one[@]}"
across two 3 "NCCL: libnccl.so.2 is older than 2.14 (21304)" "${two[@]}"
cards 1 stumble=2 # nobody has arranged a meeting by then
across one 2 "ranks 0 and 1 share a card" "${one[@]}"
cards 2
without=$(mktemp -d "$scratch/without.XXXX")
for library in libcuda.so.1 libnvrtc.so.12 libcublas.so.12; do ln -s "$(realpath "${LD_LIBRARY_PATH%%:*}/$library")" \
    "$without/$library"; done
echo nonsense >"$without/libnccl.so.2"
ODD=LD_LIBRARY_PATH=$without across one 2 "rank 1: NCCL: libnccl.so.2 cannot be opened" bash odd.sh "${one[@]}"
ODD=FAKE_CUDA=devices=2,memory=64,nccl=22003 across one 2 "rank 1 has NCCL 2.20.3, and rank 0 has NCCL 2.21.5" bash \
    odd.sh "${one[@]}"
ODD=FAKE_CUDA=devices=2,memory=64,garble=1 across one 2 \
    "rank 1: NCCL: what comes from card 1 of 2 is not what was sent" bash odd.sh "${one[@]}"
cards 2 stumble=2
across one 2 "rank 0: NCCL: arranging a meeting failed" "${one[@]}"
cards 2
# Its calls while the ranks meet: 2 begins it, 3 looks; then it is tried out.
for call in 2 3 8; do
    ODD=FAKE_CUDA=devices=2,memory=64,stumble=$call across one 2 "rank 1: NCCL: " bash odd.sh "${one[@]}"
done

# Later there is no other way: one line, and all end. So it is where the card fails, and moves of the others wait for
# it.
ODD=FAKE_CUDA=devices=2,memory=64,stumble=14 told "NCCL: " on 2 bash odd.sh "${one[@]}" --out stumbles
ODD=FAKE_CUDA=devices=2,memory=64,lost=2000 told "CUDA: " on 2 bash odd.sh "${one[@]}" --out lost
cards 2
ODD=FAKE_CUDA=devices=2,memory=0 told "out of memory on cuda:1" on 2 bash odd.sh "${one[@]}" --out full
cards 3
long=("${some[@]}" --method nft --set fit.epochs=200 --set fit.checkpoint_every=1)
on 3 "${long[@]}" --out cut 2>err >/dev/null &
job=$!
for _ in $(seq 2000); do
    [ -s cut/checkpoint/state.safetensors ] && break
    sleep 0.01
done
kill -9 "$(pids cut | sed -n 3p)"
SECONDS=0
wait $job
check "a killed rank ends the run" test $? -ne 0 -a ! -e cut/result.json -a $SECONDS -lt 30
soon "all have ended" gone cut
soon "one line of it" once "is gone; give the same command again, with --resume if it trains"
exit $failed
