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
check "the page has six cases of two commands, and two transforms" [ $n -eq 14 ]
for run in pets animals cells houses clips promoters; do
    check "runs/$run has a result" test -s runs/$run/result.json
done

check "fit takes HDF5 as it is" "$recraft" fit --method recraft --data "$files/dataset.h5" --source swin-mini --out runs/h5 --quiet "${small[@]}"

exit $failed
