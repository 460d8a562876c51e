#!/usr/bin/env bash
# The commands of docs/your-data.md, in order and to the letter, on data made here; fit gets a small budget. $1: the
# program,
# $2: a scratch folder.
. "$(dirname "$0")/your_data_files.sh"

# ---- the eight jobs; their texts need a model of texts: a tiny one of random weights, where minilm is looked for ----
here=$source/tests/cli
export RECRAFT_HOME=home
python3 "$source/examples/jobs/make_data.py" jobs 45 || exit 1
python3 "$here/make_model_folder.py" "$files/../bert/bert.safetensors" bert || exit 1
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' the was and room staff bed bar clean quiet dirty rude noisy \
    dull bright cold tiny . , >bert/vocab.txt
mkdir -p home/sources
check "a source of texts" "$recraft" source build --model bert --data jobs/reviews \
    --out home/sources/minilm.safetensors --quiet --set source.head_epochs=1 --set source.recalibration_epochs=1

# ---- the commands of the page ----
small=(--set align.epochs=1 --set align.samples=8 --set align.batch=4 --set align.clusters=3 --set fit.epochs=2
    --set fit.batch=8 --set fit.warmup=0 --set fit.time_limit=2)
n=0
while read -r line; do
    eval "words=($line)"
    extra=(--quiet)
    [ "${words[1]}" != fit ] || extra+=("${small[@]}")
    [ "${words[1]}" != auto ] || extra+=(--source swin-mini --set fit.time_limit=1)
    check "$line" "$recraft" "${words[@]:1}" "${extra[@]}"
    n=$((n + 1))
done < <(sed -n 's/^    \(recraft .*\)/\1/p' "$source/docs/your-data.md")
check "the page has eight jobs and eight cases of two commands, two transforms, an answer, and an import by a run's encoders" [ $n -eq 36 ]
check "the answer has names" grep -q '^2,[a-z]*,0' answer.csv
check "another picture" "$recraft" predict --run runs/animals --input photos/dogs/2.jpg --output picture.jsonl --quiet
check "by its name" grep -q '^{"id": "2.jpg", "class": "[a-z]*", "p": {"cats": ' picture.jsonl
check "a combination has no features" bash \
    -c "'$recraft' embed --run runs/pets --input new_pets.csv --output features.csv 2>&1 | grep -q 'a combination of runs has no features of its own'"
check "one model" "$recraft" fit --data pets --source swin-mini --method recraft --out runs/one --quiet "${small[@]}"
check "features of rows" "$recraft" embed --run runs/one --input new_pets.csv --output features.csv --quiet
check "by their numbers" bash -c "head -n 1 features.csv | grep -q '^id,feature_0,' && grep -q '^2,' features.csv"
check "a bound for new rows" "$recraft" align --run runs/one --data more_pets.csv --resamples 0 --distances sinkhorn \
    --quiet
for run in pets animals cells houses clips promoters nights walks; do
    check "runs/$run has a result" test -s runs/$run/result.json
done

check "fit takes HDF5 as it is" "$recraft" fit --method recraft --data "$files/dataset.h5" --source swin-mini \
    --out runs/h5 --quiet "${small[@]}"

# answers FILE COLUMNS: five answers under these names.
answers() { [ "$(head -n 1 "$1.csv")" = "$2" ] && [ "$(wc -l <"$1.csv")" -eq 6 ]; }
check "flights by name" answers late id,class,p_no,p_yes
check "photos by name" answers photos id,class,p_cross,p_ring,p_stripes
check "which are files" grep -q '^ring-0.png,' photos.csv
check "recordings by name" answers tones id,class,p_falling,p_rising,p_steady
check "series by name" answers gestures id,class,p_circle,p_tap,p_wave
check "DNA by name" answers promoters id,class,p_other,p_promoter
check "texts by name" answers reviews class,p_bad,p_good
check "EEG by name" answers sleep id,class,p_asleep,p_awake
check "three numbers by name" answers springs id,frequency,decay,amplitude
check "every job has a report" ls runs/{flights,photos,tones,gestures,promoters-of-jobs,sleep,springs}/report.html
check "gestures are learnt" python3 \
    -c 'import json; r = json.load(open("runs/gestures/result.json")); assert r["test"] <= 0.25, r'

exit $failed
