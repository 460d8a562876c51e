#!/usr/bin/env bash
# --device: what computes beside the commands of gpu_test.sh, small, by OpenCL (PoCL computes on the processor) and by a
# CUDA of our own. Each gives what it gives on the processor, up to rounding. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export RECRAFT_HOME=home OMP_NUM_THREADS=1
python3 "$here/make_signals.py" data || exit 1
cat >small.json <<'JSON'
{"model_type": "swin", "image_size": 16, "patch_size": 4, "num_channels": 3, "embed_dim": 8, "depths": [1, 1],
 "num_heads": [1, 2], "window_size": 2, "mlp_ratio": 2.0}
JSON
few=(--set fit.epochs=2 --set fit.batch=8 --set fit.warmup=0 --set fit.opponents=no --set fit.head_start=seed
    --set source.head_epochs=1 --set source.recalibration_epochs=1 --quiet)
near() { python3 "$here/near.py" "$@"; }

commands() { # DEVICE: all but the first begin with what the processor has made
    local on=$1
    mkdir "$on"
    check "$on: pretrains" "$recraft" pretrain --data data/classes --backbone small.json --out "$on/model" "${few[@]}" \
        --device "$on"
    check "$on: builds a source" "$recraft" source build --model cpu/model --data data/classes \
        --out "$on/source.safetensors" "${few[@]}" --device "$on"
    [ "$on" != cpu ] || check "a run" "$recraft" fit --data data/classes --source cpu/source.safetensors --method nft \
        --out run "${few[@]}"
    check "$on: evaluates" bash -c "'$recraft' eval --run run --json --device $on >$on/eval.json"
    check "$on: distills" "$recraft" distill --teacher run --student small.json --out "$on/student" "${few[@]}" \
        --device "$on"
    check "$on: chooses by itself" "$recraft" auto data/classes --source cpu/source.safetensors --out "$on/auto" \
        "${few[@]}" --set fit.budget=2 --device "$on"
}

# Weights, gradients and two moments of AdamW, what a step takes, and little more: nothing of the tests of rates.
timed() { # DEVICE MODEL BATCH
    check "$1: is timed" bash -c "'$recraft' bench --model $2 --batch $3 --steps 1 --json --quiet --device $1 \
        >$1/bench.json"
    check "$1: the figures are of the device" python3 -c "import json
b = json.load(open('$1/bench.json'))
least = 16e-6 * b['parameters'] + b['step_mb']
assert b['device'] == '$1:0' and least <= b['peak_device_mb'] <= 1.1 * least + 1.1, b"
}

same_as_cpu() { # DEVICE
    local on=$1
    commands "$on"
    for run in model student auto; do
        check "$on: the record of $run says where" grep -q "\"device\": \"$on:0\"" "$on/$run/run.json"
    done
    check "$on: pretrained alike" near cpu/model/metrics.jsonl "$on/model/metrics.jsonl" 2e-5 '*_loss'
    check "$on: the source is alike" near cpu/source.safetensors "$on/source.safetensors" 2e-5
    check "$on: evaluated alike" near cpu/eval.json "$on/eval.json" 2e-5 'test*' 'metrics/*'
    check "$on: distilled alike" near cpu/student/metrics.jsonl "$on/student/metrics.jsonl" 2e-5 '*_loss'
    check "$on: chosen alike" near cpu/auto/result.json "$on/auto/result.json" 2e-5 'candidates/*/valid_loss' \
        'candidates/*/weight' test_loss
}

commands cpu
check "the processor's record says so" grep -q '"device": "onednn"' cpu/model/run.json
if [ "$(ls "${LD_LIBRARY_PATH%%:*}"/libcuda.so.1 2>/dev/null)" ]; then
    FAKE_CUDA=devices=1 same_as_cpu cuda
    check "an answer takes the time of its kernels, not that of putting them in line" python3 -c "import json
at = [json.load(open(f'{on}/student/result.json'))['distillation']['student']['ms'] for on in ('cpu', 'cuda')]
assert at[1] > 20 * at[0], at"
    FAKE_CUDA=devices=1,idle=1 timed cuda swin-mini 16
    # What has no record is computed there, too: it ends where the card is lost.
    export FAKE_CUDA=devices=1,lost=300
    exit_code=1 refused 'CUDA: ' "$recraft" eval --run run --device cuda
    exit_code=1 refused 'CUDA: ' "$recraft" source build --model cpu/model --data data/classes --out no.safetensors \
        "${few[@]}" --device cuda
    unset FAKE_CUDA
fi
if ! "$recraft" devices --json | grep -q '"name": "opencl:0"'; then
    echo "NOT TESTED on opencl: $("$recraft" devices --json | grep OpenCL)"
    exit $((failed || ${DEVICES_ARE_THERE:-0}))
fi
same_as_cpu opencl
timed opencl small.json 8
exit $failed
