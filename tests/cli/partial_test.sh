#!/usr/bin/env bash
# Partial fine-tuning through the program: what is frozen keeps the source's bits, adapters are saved and merged,
# interrupted runs end with the same bits. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
mkdir -p home/sources
export RECRAFT_HOME=home
same() { python3 "$here/same_tensors.py" "$@"; }
python3 "$here/make_signals.py" data || exit 1
bundle=home/sources/minilm.safetensors
python3 "$here/make_tiny_bert.py" $bundle || exit 1
program=(fit --data data/classes --method nft --quiet --set fit.epochs=3 --set fit.batch=8 --set fit.warmup=0
    --set fit.lora_rank=2 --set model.head=mean --set fit.opponents=no)
fit() { "$recraft" "${program[@]}" --out "$@"; }
number_of() { grep -o "\"$1\": [0-9.e-]*" "$2" | head -n 1; }

for mode in head norms last lora; do check "fits: $mode" fit $mode --set fit.train=$mode; done
check "head: the body keeps its bits" same $bundle head/model.safetensors 'bert.encoder.*'
check "norms: all but LayerNorms keep theirs" same $bundle norms/model.safetensors 'bert.encoder.*' '!*LayerNorm*'
check "norms: LayerNorms learn" bash \
    -c "! python3 '$here/same_tensors.py' $bundle norms/model.safetensors '*encoder*LayerNorm*'"
check "last: the first block keeps its bits" same $bundle last/model.safetensors 'bert.encoder.layer.0.*'
check "last: the others learn" bash \
    -c "! python3 '$here/same_tensors.py' $bundle last/model.safetensors '*layer.[12].*'"
check "lora: all but the targets keep theirs" same $bundle lora/model.safetensors 'bert.encoder.*' '!*query.weight' \
    '!*value.weight'
check "lora: the targets have it merged in" bash \
    -c "! python3 '$here/same_tensors.py' $bundle lora/model.safetensors '*query.weight'"
check "lora: the model file has no adapters" bash -c "! grep -aq 'lora[.]' lora/model.safetensors"
check "lora: the adapters are saved" grep -aq 'lora.bert.encoder.layer.0.attention.self.query.weight.a' \
    lora/adapters.safetensors
"$recraft" eval --run lora --json >eval.out
check "lora: evaluation agrees with the run" test "$(number_of test_loss eval.out)" = \
    "$(number_of test_loss lora/result.json)"
check "lora: predicts" "$recraft" predict --run lora --input data/classes/x_test.npy --output answer.npy --quiet
check "fewer parameters learn" test "$(grep -o '"trainable": [0-9]*' lora/result.json | cut -d' ' -f2)" -lt 2500

# Products of bfloat16: near the scores of float32 but not the same, the same bits again, and known when the run is
# used.
check "bf16: fits" fit bf16 --set fit.train=all --set model.precision=bf16
check "bf16: fits again" fit bf16-again --set fit.train=all --set model.precision=bf16
check "f32: fits" fit f32 --set fit.train=all
check "bf16: the same bits again" cmp bf16/model.safetensors bf16-again/model.safetensors
check "bf16: not those of f32" bash \
    -c "! cmp -s <(tail -c 4096 bf16/model.safetensors) <(tail -c 4096 f32/model.safetensors)"
"$recraft" eval --run bf16 --json >eval.out
check "bf16: evaluation agrees with the run" test "$(number_of test_loss eval.out)" = \
    "$(number_of test_loss bf16/result.json)"
check "bf16: near f32" awk -v a="$(number_of test_loss bf16/result.json | cut -d' ' -f2)" \
    -v b="$(number_of test_loss f32/result.json | cut -d' ' -f2)" \
    'BEGIN { d = a - b; exit !(d < 0.05 * b && d > -0.05 * b) }'

# Adapters to begin with, as the package peft keeps them.
peft() { rm -rf given && python3 "$here/make_peft.py" given "$@"; }
from=(--set fit.train=lora --set fit.lora_from=given)
peft type=BF16
check "from: bfloat16" fit from-bf16 "${from[@]}" --set fit.epochs=0
check "from: are the adapters" grep -aq '"alpha": *"6"' from-bf16/adapters.safetensors
check "from: are in the settings" grep -q 'lora_alpha: 6' from-bf16/config.yaml
peft type=F16
check "from: float16" fit from-f16 "${from[@]}" --set fit.epochs=0
check "from: the same bits" cmp from-bf16/model.safetensors from-f16/model.safetensors

# Cut in the middle of training and resumed, the same bits as in one go; without the folder that the adapters came from,
# and not with another.
peft
for mode in lora last bf16; do
    long=(--set fit.train=$mode --set fit.epochs=100)
    [ $mode = bf16 ] && long=(--set fit.train=all --set model.precision=bf16 --set fit.epochs=100)
    [ $mode = lora ] && long+=(--set fit.lora_from=given)
    check "$mode: a long run" fit whole-$mode "${long[@]}"
    check "$mode: cut" cut_at 5 cut-$mode "$recraft" "${program[@]}" --out cut-$mode "${long[@]}"
    if [ $mode = lora ]; then
        peft lora_alpha=7
        refused "fit.lora_from have changed since the run was started; put them back" fit cut-lora "${long[@]}" --resume
        rm -r given
    fi
    check "$mode: resumes" fit cut-$mode "${long[@]}" --resume
    check "$mode: the same bits" cmp whole-$mode/model.safetensors cut-$mode/model.safetensors
done

refused "given: no such folder of adapters" fit bad "${from[@]}"
mkdir given
refused "adapter_config.json" fit bad "${from[@]}"
# of WORDS EDIT...: refused, of a folder that is edited so.
of() { peft "${@:2}" && refused "$1" fit bad "${from[@]}"; }
query=base_model.model.encoder.layer.2.attention.self.query
of "peft_type is IA3" 'peft_type="IA3"'
for key in use_dora use_rslora; do of "$key is set" $key=true; done
of "bias is set" 'bias="all"'
of "modules_to_save is set" 'modules_to_save=["classifier"]'
of "rank_pattern is set" 'rank_pattern={"query":4}'
of "something_new is set" something_new=1
of "holds NaN or an infinity" nan=$query.lora_B.weight
of "init_lora_weights is pissa" 'init_lora_weights="pissa"'
of "r is not a whole number above 0" 'r="2"'
of "r is 1000000000000 in adapter_config.json" r=1000000000000
of "lora_alpha is not a number above 0" lora_alpha=null
of "target_modules is not a list of names" 'target_modules=["query",1]'
of "target_modules names" 'target_modules=["query","value","key"]'
of "belongs to no module that target_modules names" 'target_modules=["query"]'
of "\"$query.lora_A.weight\" is missing" without=$query.lora_A.weight
of "is not an adapter of a matrix" with=base_model.model.pooler.dense.lora_A.weight target_modules=null
of "belongs to no matrix of the source's model" with=base_model.model.encoder.layer.7.attention.self.query.lora_A.weight
of "is there twice" with=base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight
of "has shape [2, 16], and r is 2" with=$query.lora_B.weight
of "is float64" type=F64
peft
head -c 200 given/adapter_config.json >cut.json && mv cut.json given/adapter_config.json
refused "given/adapter_config.json" fit bad "${from[@]}"
peft
head -c 3000 given/adapter_model.safetensors >cut && mv cut given/adapter_model.safetensors
refused "given/adapter_model.safetensors" fit bad "${from[@]}"
peft
refused "fit.lora_alpha is 5, and the adapters in given have 6; leave the setting out" fit bad "${from[@]}" \
    --set fit.lora_alpha=5
refused "fit.lora_targets is key, and the adapters in given have query,value" fit bad "${from[@]}" \
    --set fit.lora_targets=key
refused "only fit.train=lora has adapters" fit bad --set fit.lora_from=given
refused "scratch begins with random weights" "$recraft" fit --data data/classes --method scratch --out bad "${from[@]}"
refused "choose a method" "$recraft" fit --data data/classes --out bad "${from[@]}"

refused 'has "queries"' fit bad --set fit.train=lora --set fit.lora_targets=queries,value
refused "a target matrix is only 16 x 16" fit bad --set fit.train=lora --set fit.lora_rank=17
refused "the model has 3 blocks" fit bad --set fit.train=last --set fit.last_blocks=9
refused "takes one of" fit bad --set fit.train=some
exit $failed
