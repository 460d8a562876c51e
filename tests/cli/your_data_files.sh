# Sourced by the tests of docs/your-data.md: the files its commands name, in a fresh scratch folder. $1: the program,
# $2: the folder.
set -u
recraft=$1
scratch=$2
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
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
    for (i = 1; i <= 40; i++) printf "%d,%s,%.3f,%s,%s\n", i, i % 7 ? rand() * 3 : "NA", rand(),
        i % 3 ? "red" : "blue", i % 2 ? "cat" : "dog" }' >pets.csv
printf 'height,colour,width\n0.5,red,1.25\n0.75,green,\n' >new_pets.csv
{ head -n 1 pets.csv && tail -n 12 pets.csv; } >more_pets.csv
awk 'BEGIN { srand(2); print "city\tsize\theating\tprice"
    for (i = 1; i <= 40; i++) printf "%s\t%.1f\t%s\t%.2f\n", i % 3 ? "Oslo" : "Rome, Italy", 50 + 100 * rand(),
        i % 4 ? "gas" : "", 1e5 * rand() }' >houses.tsv
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
awk 'BEGIN { srand(4); print "@problemName walks\n@timestamps false\n@univariate false\n@classLabel true slow fast\n@data"
    for (i = 0; i < 24; i++) { for (c = 0; c < 2; c++) { for (t = 0; t < 20 + i % 3; t++) printf "%s%s", t ? "," : "",
        (i % 4 || t != 5) ? sin(t * (1 + i % 2) / 2) + rand() / 5 : "?"
        printf ":" } print i % 2 ? "fast" : "slow" } }' >walks.ts
awk 'BEGIN { srand(5); for (i = 0; i < 24; i++) { printf "%d", 1 + i % 2; for (t = 0; t < 20; t++) printf "\t%s", i % 6 || t < 16 ? sin(t * (1 + i % 2) / 4) + rand() / 9 : "NaN"; print "" } }' >beats.tsv
mkdir -p sleep/awake sleep/asleep
for i in 1 2 3 4 5 6; do
    cp "$files/signals.edf" "sleep/awake/$i.edf"
    cp "$files/signals.bdf" "sleep/asleep/$i.bdf"
done
awk 'BEGIN { srand(3)
    for (i = 1; i <= 24; i++) { printf ">s%d %s\n", i, i % 2 ? "promoter" : "other"
        for (k = 0; k < 30; k++) printf "%s", substr("ACGT", 1 + int(rand() * 4), 1); print "" } }' >promoters.fasta

