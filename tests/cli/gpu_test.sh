#!/usr/bin/env bash
# --device: whole small runs by OpenCL (PoCL computes on the processor) and by a CUDA of our own, and what is said where
# there is none. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export RECRAFT_HOME=home
small="--set align.epochs=2 --set align.samples=8 --set align.clusters=3 --set fit.epochs=2 --set fit.batch=8 --set fit.warmup=0 --set fit.opponents=no"
python3 "$here/make_signals.py" data || exit 1
mkdir -p home/sources none
python3 "$here/make_tiny_bert.py" home/sources/minilm.safetensors || exit 1

# What there is not.
fit() { "$recraft" fit --data data/classes --source minilm --method nft --out no $small --quiet "$@"; }
refused 'CUDA: there is no device' fit --device cuda
refused 'no device is called "abacus"' fit --device abacus
refused 'no device is called "abacus"' fit --set model.device=abacus
refused 'no device is called "abacus"' "$recraft" auto data/classes --dry-run --set model.device=abacus
pocl=${OCL_ICD_VENDORS-}
export OCL_ICD_VENDORS=$scratch/none
refused 'OpenCL: there is no platform' fit --device opencl
check "devices says so" bash -c "'$recraft' devices --json | grep -q 'there is no platform'"
check "auto takes the processor" "$recraft" fit --data data/classes --source minilm --method nft --out auto $small \
    --quiet --device auto
check "and says so" grep -q '"device": "onednn"' auto/run.json
refused 'no device is called "abacus"' "$recraft" report auto --device abacus
if [ "$pocl" ]; then OCL_ICD_VENDORS=$pocl; else unset OCL_ICD_VENDORS; fi

# Both kinds of run; killed and gone on, one gives the same bits. On either device a model gives the same answers, up to
# rounding.
near() { python3 "$here/near.py" "$@" 2e-5; }
whole_runs() { # DEVICE EPOCHS
    local on=$1 long="$small --set fit.epochs=$2 --set fit.checkpoint_every=1 --set model.device=$1" device
    check "$on: fits by the setting" "$recraft" fit --data data/classes --source minilm --method nft --out "$on/long" \
        $long --quiet
    check "$on: the run says where" grep -q "\"device\": \"$on:0\"" "$on/long/run.json"
    signal=KILL check "$on: killed" cut_at $(($2 / 3 + 1)) "$on/cut" "$recraft" fit --data data/classes \
        --source minilm --method nft --out "$on/cut" $long --quiet
    check "$on: fits with stage 1" "$recraft" fit --data data/classes --source minilm --method recraft \
        --out "$on/whole" $small --device "$on" --quiet
    check "$on: goes on" "$recraft" fit --data data/classes --source minilm --method nft --out "$on/cut" $long \
        --resume --quiet
    check "$on: killed and resumed, the same bits" cmp "$on/long/model.safetensors" "$on/cut/model.safetensors"
    for device in cpu "$on"; do
        check "predicts on $device" "$recraft" predict --run "$on/whole" --input data/classes/x_test.npy \
            --output "$on/by-$device.csv" --device $device --quiet
        check "embeds on $device" "$recraft" embed --run "$on/whole" --input data/classes/x_test.npy \
            --output "$on/features-$device.csv" --device $device --quiet
    done
    check "$on: the same answers" near "$on/by-cpu.csv" "$on/by-$on.csv"
    check "$on: the same features" near "$on/features-cpu.csv" "$on/features-$on.csv"
    check "$on: aligns" bash -c \
        "'$recraft' align --data data/classes --source minilm --set align.samples=8 --resamples 2 --device $on --quiet --json | grep -q '\"bound\"'"
    check "$on: reports, and asks the model there" "$recraft" report "$on/whole" --device "$on" \
        --output "$on/page.html" --quiet
}
failed_with() { # CODE WORDS COMMAND...
    local code=$1 words=$2 got
    shift 2
    "$@" >said 2>&1
    got=$?
    check "exit $code: $words" test "$got" = "$code" -a "$(grep -cF -- "$words" said)" = 1 -a "$(wc -l <said)" = 1
}

# CUDA (tests/devices/fake_cuda.h): a run whose card is lost keeps its checkpoint, and goes on without it. A library may
# be broken or another.
if [ "$(ls "${LD_LIBRARY_PATH%%:*}"/libcuda.so.1 2>/dev/null)" ]; then
    long="fit --data data/classes --source minilm --method nft $small --set fit.checkpoint_every=1"
    export FAKE_CUDA=devices=2,memory=2000
    check "devices lists the cards" bash -c "'$recraft' devices --json | grep -q '\"name\": \"cuda:1\"'"
    check "auto takes the card" "$recraft" $long --out card --quiet --device auto
    check "and says so" grep -q '"device": "cuda:0"' card/run.json
    check "predicts on the card" "$recraft" predict --run card --input data/classes/x_test.npy --output card.csv \
        --device cuda:1 --quiet
    failed_with 2 'numbered from 0' "$recraft" $long --out no --quiet --device cuda:2
    FAKE_CUDA=devices=1,memory=0 failed_with 1 'lower fit.batch' "$recraft" $long --out no --quiet --device cuda
    FAKE_CUDA=devices=1,broken=1 RECRAFT_HOME=$scratch/none2 failed_with 1 'could not build the kernels' "$recraft" \
        fit --data data/classes --source home/sources/minilm.safetensors --method nft --out broken $small \
        --quiet --device cuda
    FAKE_CUDA=devices=1,lost=3000 failed_with 1 'CUDA: ' "$recraft" $long --out lost --quiet --device cuda
    check "goes on without the card" "$recraft" $long --out lost --quiet --device cpu --resume
    check "and says so" grep -q 'went on with the device onednn after cuda:0' lost/run.json lost/result.json
    mkdir broken_library another_library
    echo nonsense >broken_library/libcuda.so.1
    ln -s "$(dirname "$(ldconfig -p | awk '/libm.so.6/ { print $NF; exit }')")/libm.so.6" another_library/libcuda.so.1
    LD_LIBRARY_PATH=broken_library failed_with 2 'libcuda.so.1 cannot be opened' "$recraft" $long --out no \
        --quiet --device cuda
    LD_LIBRARY_PATH=another_library failed_with 2 'has no cuInit' "$recraft" $long --out no --quiet --device cuda
    # NVRTC and cuBLAS are of the driver's version, or of one before it.
    stand_in=$(realpath "${LD_LIBRARY_PATH%%:*}/libcuda.so.1")
    lists_with() { # DRIVER LIBRARY...
        rm -rf tools && mkdir tools
        for library in libcuda.so.1 "${@:2}"; do ln -s "$stand_in" "tools/$library"; done
        FAKE_CUDA=devices=1,driver=$1 LD_LIBRARY_PATH=tools "$recraft" devices --json | grep -q '"name": "cuda:0"'
    }
    check "CUDA 11" lists_with 11020 libnvrtc.so.11.2 libcublas.so.11
    check "CUDA 13" lists_with 13000 libnvrtc.so.13 libcublas.so.13
    check "a driver of 13, tools of 12" lists_with 13000 libnvrtc.so.13 libnvrtc.so.12 libcublas.so.12
    FAKE_CUDA=devices=1 whole_runs cuda 3
    unset FAKE_CUDA
fi
if ! "$recraft" devices --json | grep -q '"name": "opencl:0"'; then
    echo "NOT TESTED on opencl: $("$recraft" devices --json | grep OpenCL)"
    exit $((failed || ${DEVICES_ARE_THERE:-0}))
fi
refused 'numbered from 0' fit --device opencl:7
refused 'does not round operands to bf16' fit --device opencl --set model.precision=bf16

if "$recraft" devices --json | grep -q 'PoCL'; then
    check "auto takes no processor by OpenCL" "$recraft" fit --data data/classes --source minilm --method nft \
        --out beside $small --quiet --device auto
    check "and says so" grep -q '"device": "onednn"' beside/run.json
    POCL_DEVICES=none failed_with 2 'OpenCL: no platform has a device' fit --device opencl
fi
whole_runs opencl 6
exit $failed
