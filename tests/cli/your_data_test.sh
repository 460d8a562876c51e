#!/usr/bin/env bash
# The commands of docs/your-data.md, in order and to the letter, on data made here; fit gets a small budget. $1: the program,
# $2: a scratch folder.
. "$(dirname "$0")/your_data_files.sh"

# ---- the commands of the page ----
small=(--set align.epochs=1 --set align.samples=8 --set align.batch=4 --set align.clusters=3 --set fit.epochs=2 --set fit.batch=8 --set fit.warmup=0)
n=0
while read -r line; do
    eval "words=($line)"
    extra=(--quiet)
    [ "${words[1]}" != fit ] || extra+=("${small[@]}")
    check "$line" "$recraft" "${words[@]:1}" "${extra[@]}"
    n=$((n + 1))
done < <(sed -n 's/^    \(recraft .*\)/\1/p' "$source/docs/your-data.md")
check "the page has eight cases of two commands, two transforms, an answer, and an import by a run's encoders" [ $n -eq 20 ]
check "the answer has names" grep -q '^2,[a-z]*,0' answer.csv
check "another picture" "$recraft" predict --run runs/animals --input photos/dogs/2.jpg --output picture.jsonl --quiet
check "by its name" grep -q '^{"id": "2.jpg", "class": "[a-z]*", "p": {"cats": ' picture.jsonl
check "a combination has no features" bash -c "'$recraft' embed --run runs/pets --input new_pets.csv --output features.csv 2>&1 | grep -q 'a combination of runs has no features of its own'"
check "one model" "$recraft" fit --data pets --source swin-mini --method recraft --out runs/one --quiet "${small[@]}"
check "features of rows" "$recraft" embed --run runs/one --input new_pets.csv --output features.csv --quiet
check "by their numbers" bash -c "head -n 1 features.csv | grep -q '^id,feature_0,' && grep -q '^2,' features.csv"
check "a bound for new rows" "$recraft" align --run runs/one --data more_pets.csv --resamples 0 --distances sinkhorn --quiet
for run in pets animals cells houses clips promoters nights walks; do
    check "runs/$run has a result" test -s runs/$run/result.json
done

check "fit takes HDF5 as it is" "$recraft" fit --method recraft --data "$files/dataset.h5" --source swin-mini --out runs/h5 --quiet "${small[@]}"

exit $failed
