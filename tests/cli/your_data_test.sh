#!/usr/bin/env bash
# The commands of docs/your-data.md, in order and to the letter, on data made here; fit gets a small budget. $1: the program,
# $2: a scratch folder.
set -u
recraft=$1
scratch=$2
source=$(cd "$(dirname "$0")/../.." && pwd)
files=$source/tests/data/readers
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch" || exit 1
failed=0
check() { # check WHAT COMMAND...
    local what=$1
    shift
    if "$@" >out.txt; then echo "ok   $what"; else
        echo "FAIL $what"
        failed=1
    fi
}

# ---- the data ----
awk 'BEGIN { srand(1); print "id,width,height,colour,kind"
    for (i = 1; i <= 40; i++) printf "%d,%s,%.3f,%s,%s\n", i, i % 7 ? rand() * 3 : "NA", rand(), i % 3 ? "red" : "blue", i % 2 ? "cat" : "dog" }' >pets.csv
awk 'BEGIN { srand(2); print "city\tsize\theating\tprice"
    for (i = 1; i <= 40; i++) printf "%s\t%.1f\t%s\t%.2f\n", i % 3 ? "Oslo" : "Rome, Italy", 50 + 100 * rand(), i % 4 ? "gas" : "", 1e5 * rand() }' >houses.tsv
mkdir -p photos/cats photos/dogs sounds/siren sounds/bark
for i in 1 2 3 4 5 6 7 8; do
    cp "$files/rgb.png" "photos/cats/$i.png"
    cp "$files/smooth.jpg" "photos/dogs/$i.jpg"
done
for i in 1 2 3 4 5 6; do
    cp "$files/mono.wav" "sounds/siren/$i.wav"
    cp "$files/stereo.flac" "sounds/bark/$i.flac"
done
cp "$files/scan.h5" .
awk 'BEGIN { srand(3)
    for (i = 1; i <= 24; i++) { printf ">s%d %s\n", i, i % 2 ? "promoter" : "other"; for (k = 0; k < 30; k++) printf "%s", substr("ACGT", 1 + int(rand() * 4), 1); print "" } }' >promoters.fasta

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
check "the page has six cases of two commands" [ $n -eq 12 ]
for run in pets animals cells houses clips promoters; do
    check "runs/$run has a result" test -s runs/$run/result.json
done

# ---- what was made of them ----
report() { tr -d '\n ' <"$1/import.json"; }
check "labels by name, in order" grep -q '"labels":\["cat","dog"\]' <(report pets)
check "the line number is left out" grep -q '"use":"leftout:itnumbersthelines"' <(report pets)
check "missing values are told" grep -q '5missing,filledwiththemeanoftrain' <(report pets)
check "a price is a number" grep -q '"target":"numbers"' <(report houses)
check "texts become ones" grep -q 'zerosandonesfor1texts;missing:allzeros' <(report houses)
check "channels first" grep -q '"x_shape":"\[3,12,12\]"' <(report cells)
check "texts of HDF5 are labels" grep -q '"labels":\["flat","round"\]' <(report cells)
check "sizes are told" grep -q '"x_shape":"\[3,32,32\]"' <(report animals)
check "recordings stay together" grep -q '"n_valid":' <(report clips)
check "data show reads what import reads" "$recraft" data show pets.csv --quiet
for path in photos sounds scan.h5 promoters.fasta houses.tsv pets; do
    check "data show $path" "$recraft" data show $path --json
done

# The same seed, the same bits; another seed, another split.
"$recraft" data import pets.csv --label kind --out again --quiet >/dev/null
check "the same again" cmp pets/x_train.npy again/x_train.npy
"$recraft" data import pets.csv --label kind --seed 1 --out other --quiet >/dev/null
check "another seed, another split" bash -c '! cmp -s pets/y_train.npy other/y_train.npy || ! cmp -s pets/x_train.npy other/x_train.npy'

# ---- other ways in ----
check "the data's own parts" "$recraft" data import pets.csv --test pets.csv --label kind --out two --quiet
check "all of both" grep -q '"n_train":40,"n_test":40' <(report two)
mkdir -p parted/train/a parted/train/b parted/test/a
cp "$files/rgb.png" parted/train/a/1.png && cp "$files/rgb.png" parted/train/b/1.png && cp "$files/rgb.png" parted/train/b/2.png && cp "$files/rgb.png" parted/test/a/1.png
check "folders train and test" "$recraft" data import parted --out p2 --quiet
check "as the data say" grep -q '"split":"asthedatasay","n_train":3,"n_test":1' <(report p2)
mkdir flat
for i in 1 2 3 4; do cp "$files/mono.wav" flat/$i.wav; done
printf 'file,kind,part\n1.wav,x,train\n2,y,train\nflat/3.wav,x,train\n4.wav,y,test\n' >labels.csv
check "a table of labels" "$recraft" data import flat --labels labels.csv --label kind --split part --length 800 --out l2 --quiet
check "its parts" grep -q '"n_train":3,"n_test":1' <(report l2)
check "ARFF" "$recraft" data import "$files/liac.arff" --label legs --target numbers --out arff --quiet
check "MATLAB, samples last" "$recraft" data import "$files/v73.mat" --x coeff --y words --layout NLC --out mat --quiet
check "its order" grep -q '"x_shape":"\[5,3\]"' <(report mat)
check "series of different lengths" "$recraft" data import "$files/records.pkl" --length 50 --hop 25 --out records --quiet
check "their windows" grep -q '"did":"30windowsof50samplesevery25in12seriesof40to150' <(report records)
check "records stay together" grep -q '"n_valid":' <(report records)
check "windows of a regular series" "$recraft" data import records/x_train.npy --y records/y_train.npy --length 20 --out r2 --quiet
check "its shape" grep -q '"x_shape":"\[1,20\]"' <(report r2)
check "pickle" "$recraft" data import "$files/object.npy" --target numbers --out pkl --quiet
check "fit takes HDF5 as it is" "$recraft" fit --data "$files/dataset.h5" --source swin-mini --out runs/h5 --quiet "${small[@]}"

exit $failed
