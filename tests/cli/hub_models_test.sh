#!/usr/bin/env bash
# Model folders as downloaded from a hub: features, sources and targets with BERT and ViT; wrong input refused in one
# line.
# $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive
# embeds MODEL INPUT POOL SHAPE
embeds() {
    "$recraft" embed --model "$1" --input "$2" --output o.npy --pool "$3" --json >out 2>log
    if grep -qF "\"shape\": \"$4\"" out; then echo "ok   $1 $3"; else
        echo "FAIL $1 $3: wanted $4, got $(cat out log)"
        failed=1
    fi
    rm -f o.npy
}
embed_source() { "$recraft" embed --source "$1" --input "$2" --output o.npy --quiet; }
embed() { "$recraft" embed --model "$1" --input "$2" --output o.npy --quiet "${@:3}"; }

for name in bert/bert bert/roberta bert/distilbert vit/vit vit/deit vit/dinov2_swiglu t5/relu t5/gated; do
    python3 "$here/make_model_folder.py" "$here/../data/$name.safetensors" "$(basename "$name")" || exit 1
done
python3 "$here/make_inputs.py" || exit 1

embeds bert ids.npy none "[2, 4, 24]"
embeds bert ids.npy mean "[2, 24]"
embeds bert ids.npy cls "[2, 24]"
embeds roberta ids_padded_with_1.npy mean "[2, 16]"
embeds distilbert ids.npy mean "[2, 18]"
embeds relu ids.npy none "[2, 4, 14]"
embeds gated ids.npy mean "[2, 12]"
embeds vit images.npy none "[4, 10, 24]"
embeds vit images.npy cls "[4, 24]"
embeds deit images.npy none "[4, 38, 12]"
embeds dinov2_swiglu grey.npy mean "[1, 10]"
"$recraft" embed --model vit --input images.npy --output o.npy >out 2>err
check "unused tensors are listed" grep \
    -q "2 tensors of the checkpoint are not used: classifier.bias, classifier.weight" err
rm -f o.npy

refused "row 0 has padding (id 0) before its last token" embed bert gap.npy
refused "token id 99 (sample 0, place 1) is outside the vocabulary of 23" embed bert far.npy
refused "outside the range of 32-bit integers" embed bert huge.npy
refused "float.npy: float32; expected integers" embed bert float.npy
refused "texts of 20 tokens: this model takes 1 to 13" embed bert long.npy
refused "takes token ids [N, T]" embed bert images.npy
refused "takes images [N, C, H, W]" embed vit ids.npy
refused "1 channels, the backbone takes 3" embed vit grey.npy
refused "which takes 4 to 8192 pixels each way" embed vit tiny.npy
refused "takes none, mean or cls" embed vit images.npy --pool most
refused "no config.json" embed . ids.npy
cp gated/config.json relu/
refused 'tensor "shared.weight" has shape [23, 14], the model needs [17, 12]' embed relu ids.npy
sed -i 's/gated-gelu/gelu/' relu/config.json
refused '"feed_forward_proj" is "gelu"; supported: relu' embed relu ids.npy
cp -r bert broken && rm broken/model.safetensors && touch broken/pytorch_model.bin
refused "python3 -c" embed broken ids.npy

# A ViT as a source, and a target of another kind on it.
check "a source is built from a ViT" "$recraft" source build --model vit --data classes --out vit.bundle.safetensors \
    --set source.head_epochs=1 --set source.recalibration_epochs=1 --quiet
cp vit.bundle.safetensors turned.safetensors
python3 "$here/edit_safetensors.py" turned.safetensors bit
refused "turned.safetensors: the checksum of the contents is" "$recraft" source show turned.safetensors
# bent EDIT: a bundle without a checksum, as an earlier version wrote it, that says something else.
bent() { LC_ALL=C sed "s/recraft[.]checksum/recraft.checksun/; $1" vit.bundle.safetensors >bent.safetensors; }
bent 's/\\"num_hidden_layers\\": 2/\\"num_hidden_layers\\": 9/'
refused 'tensor "vit.encoder.layer.2.' embed_source bent.safetensors images.npy
# What a bundle says of its source samples is not believed.
pare() { "$recraft" fit --data classes --method pare --source bent.safetensors --out pare --quiet; }
bent 's/\\"height\\": 3/\\"height\\": 4/'
refused '"source.tokens" should be floats [n, 13, 24] of labelled samples' pare
bent 's/\\"height\\": 3/\\"height\\": 0/'
refused 'metadata "grid" is damaged' pare
bent 's/\\"extra\\": 1/\\"extrb\\": 1/'
refused 'metadata "grid" is damaged' pare
bent 's/"source.tokens"/"source.tokenz"/'
refused 'the bundle holds no source tokens' pare

check "darcy is made" "$recraft" data make darcy --out darcy --n-train 12 --n-test 2 --resolution 13 --quiet
check "a target is fitted" "$recraft" fit --method recraft --data darcy --source vit.bundle.safetensors --out run \
    --set fit.epochs=1 --set fit.warmup=0 --set align.epochs=1 --quiet
check "and predicted" "$recraft" predict --run run --input darcy/x_test.npy --output answer.npy --quiet
check "and scored" "$recraft" eval --run run --quiet

# The bound of one target from two sources, and whether it would have chosen the better one.
cat >bounds.yaml <<'EOF'
methods: nft
seeds: 1
bounds: true
set: {fit: {epochs: 1, warmup: 0}, align.clusters: 2}
data:
  swin: {path: darcy, source: swin-mini}
  vit: {path: darcy, source: vit.bundle.safetensors}
EOF
check "an experiment with bounds" "$recraft" compare --experiment bounds.yaml --out bounds --quiet
check "each is measured once" test -s bounds/swin/bound.json -a -s bounds/vit/bound.json -a ! -e bounds/vit/bound.part
check "the bound is ranked against the results" grep -Eq '^\| bound \| -?1.00, p 1 \|$' bounds/results.md
check "and every distance" grep -q '^| otdd |' bounds/results.md
check "the numbers are there for programs" grep -q '"conditional_entropy": [0-9]' bounds/results.json
echo '{"sources": [{"source": "vit.bundle.safetensors", "stages": [{"bound": 1}]}]}' >bounds/vit/bound.json
check "goes on with it" "$recraft" compare --experiment bounds.yaml --out bounds --quiet
check "what is measured is kept" grep -q '^| risk | - |$' bounds/results.md
rm -r bounds/*/nft
sed 's/clusters: 2/clusters: 3/' bounds.yaml >changed.yaml
refused 'bound.json: was made by "--source swin-mini --set' "$recraft" compare --experiment changed.yaml --out bounds \
    --quiet
exit $failed
