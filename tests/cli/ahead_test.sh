#!/usr/bin/env bash
# What is said before a run begins: its settings, its time and memory; the two lengths of help and the examples in them;
# sources by name. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive RECRAFT_HOME=home TMPDIR=$scratch/tmp
mkdir -p home/sources tmp
python3 "$here/make_signals.py" data && python3 "$here/make_tiny_bert.py" home/sources/minilm.safetensors || exit 1
fit() { "$recraft" fit --data "data/$1" "${@:2}"; }
small=(--set fit.epochs=2 --set fit.batch=8 --set align.epochs=3)
# says FILE CONDITION: of the JSON r in it
says() { python3 -c "import json, sys; r = json.load(open(sys.argv[1])); assert $2, r" "$1"; }

# --dry-run
ls -R . >before
check "a dry run" fit classes --method recraft --out never --dry-run "${small[@]}"
fit classes --method recraft --dry-run --json "${small[@]}" >dry.json
check "knows the steps" says dry.json \
    '[(s["stage"], s["epochs"], s["steps"]) for s in r["stages"]] == [("align", 3, 3), ("fit", 2, 6)]'
check "sizes" says dry.json \
    '(r["form"], r["classes"], r["n_train"] + r["n_valid"], r["n_test"], r["source"]) == ("sequences", 3, 24, 8, "minilm")'
"$recraft" auto data/table --dry-run --json --set fit.time_limit=30 >auto.json 2>err
check "auto's too" says auto.json \
    '{s["source"] for s in r["sources"]} == {"swin-mini", "minilm"} and r["seconds"]["limit"] == 30'
printf 'size,kind\n' >pets.csv
for i in $(seq 20); do printf '%s,cat\n%s,dog\n' "$i" "-$i" >>pets.csv; done
"$recraft" fit --data pets.csv --label kind --method nft --dry-run --json --set fit.epochs=1 >raw.json
check "of a raw file" says raw.json 'r["classes"] == 2'
check "leaves nothing" bash -c "! ls tmp | grep ."
rm -f dry.json auto.json err raw.json pets.csv
ls -R . | diff -I '^total' before - >diff.out
check "writes nothing" bash -c "! grep -v 'before\|diff.out' diff.out | grep '^[<>] .'"
refused "no such" fit nothing --dry-run
refused "there is no setting" fit classes --dry-run --set fit.epoch=3
refused "does not predict fields" fit field --dry-run --method svm
mkdir full && touch full/something
refused "choose another --out" fit classes --dry-run --out full

# Foreseen and so: a wide margin, since other processes work here too.
fit classes --method recraft --dry-run --json --set fit.epochs=10 --set fit.batch=8 --set align.epochs=5 >dry.json
check "the run itself" fit classes --method recraft --out run --quiet --set fit.epochs=10 --set fit.batch=8 \
    --set align.epochs=5
python3 - <<'END' >foreseen.json
import json
dry, run = json.load(open("dry.json")), json.load(open("run/result.json"))
print(json.dumps({"time": dry["seconds"]["total"] / run["seconds"]["total"],
    "memory": dry["memory_mb"]["peak"] / run["peak_rss_mb"]}))
END
check "its time was foreseen" says foreseen.json '1 / 8 < r["time"] < 8'
check "and its memory" says foreseen.json '0.6 < r["memory"] < 1.6'

# --print-config
"$recraft" fit --method nft --print-config "${small[@]}" --seed 5 >settings.yaml
check "the settings read back are the same" bash \
    -c "'$recraft' fit --method nft --config settings.yaml --print-config | cmp - settings.yaml"
check "one run by options" fit classes --method nft --out by-options --quiet "${small[@]}" --seed 5
check "one by the file" fit classes --method nft --out by-file --quiet --config settings.yaml
check "are the same run" cmp by-options/model.safetensors by-file/model.safetensors
check "and the same settings" bash -c "sed 1d settings.yaml | cmp - by-file/config.yaml"
check "a preset" bash -c "'$recraft' fit --fast --print-config | grep -q '^  time_limit: 60$'"
"$recraft" fit --method recraft --print-config >usual.yaml
check "a task's recipe" bash -c "'$recraft' fit --task ecg --print-config >ecg.yaml && ! cmp -s ecg.yaml usual.yaml"
refused "no such method" "$recraft" fit --method nosuch --print-config

# A source that is not here
RECRAFT_HOME=nowhere fit classes --method nft --out instead --quiet "${small[@]}"
check "another serves" says instead/result.json \
    'r["source"] == "swin-mini" and any("minilm is not here" in n for n in r["notes"])'
RECRAFT_HOME=nowhere fit classes --method nft --dry-run --json "${small[@]}" >dry.json
check "which is said beforehand" says dry.json 'any("minilm is not here" in n for n in r["notes"])'
printf 'text\tlabel\n' >texts.tsv
printf 'a cat\ta\na dog\tb\n%.0s' 1 2 3 4 >>texts.tsv
printf 'size,kind\n1,cat\n2,dog\n' >table.csv
RECRAFT_HOME=nowhere refused "recraft source get minilm" "$recraft" fit --method nft --data texts.tsv --out bad
RECRAFT_HOME=nowhere refused "table.csv: which column is the text?" "$recraft" fit --data table.csv --out bad
refused "did you mean --data table.csv" "$recraft" fit table.csv --out bad

# source get
mkdir published empty
cp home/sources/minilm.safetensors published/tiny.safetensors
(cd published && sha256sum tiny.safetensors >SHA256SUMS)
get() { RECRAFT_HOME=got "$recraft" source get "$@" --quiet; }
check "from a folder" get tiny --from published
check "the same bytes" cmp got/sources/tiny.safetensors published/tiny.safetensors
check "once" bash -c "RECRAFT_HOME=got '$recraft' source get tiny --from nowhere --json | grep -q 'it was there'"
rm -r got
check "by file://" get tiny --from "file://$scratch/published/"
rm -r got
python3 -u -m http.server --bind 127.0.0.1 --directory published 0 >served.out 2>&1 &
server=$!
soon "a server" grep -q 'port [0-9]' served.out
address=http://127.0.0.1:$(grep -o 'port [0-9]*' served.out | cut -d' ' -f2)
mkdir -p got/sources
head -c 1000 published/tiny.safetensors >got/sources/tiny.safetensors.part
check "from a server, over what was cut" bash \
    -c "RECRAFT_SOURCES=$address RECRAFT_HOME=got '$recraft' source get tiny --json | grep -q fetched"
check "the same bytes" cmp got/sources/tiny.safetensors published/tiny.safetensors
refused "not in the list" get other --from "$address"
echo >>published/tiny.safetensors
rm got/sources/*
refused "SHA-256" get tiny --from published
refused "SHA-256" get tiny --from "$address"
check "nothing has appeared" bash -c "! ls got/sources | grep 'tiny.safetensors$'"
kill $server
refused "no source is known" get other
refused "built in" get swin-mini
check "what can be had" bash -c "RECRAFT_HOME=got '$recraft' source list --json | grep -q can_be_had"
python3 "$here/make_model_folder.py" "$here/../data/bert/bert.safetensors" got/models/minilm || exit 1
printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' the cat dog saw a man in paris london . ? who what is on at of \
    to >got/models/minilm/vocab.txt
mkdir texts
printf 'label,text\n' | tee texts/train.csv >texts/test.csv
for _ in 1 2 3 4; do printf 'told,the cat saw a man.\nasked,who is in paris?\n' |
    tee -a texts/train.csv >>texts/test.csv; done
check "made of a labelled set" get minilm --data texts
check "is a source" bash -c "RECRAFT_HOME=got '$recraft' source show minilm --json | grep -q texts"

# --help in two lengths
"$recraft" fit --help >short
"$recraft" fit --help all >long
check "the short one" test "$(wc -l <short)" -lt 40
check "five settings" test "$(grep -c '^  [a-z]*\.[a-z_]* ' short)" -eq 5
check "all of them" bash -c "grep -q align.epsilon long && grep -q -- --compared long"
for words in "fit --help=all" "help fit all"; do check "$words" bash -c "'$recraft' $words | cmp - long"; done
refused "takes no value, or all" "$recraft" fit --help=more

# The examples work, but for what takes its time, of which only a dry run is made.
mkdir examples && cd examples || exit 1
printf 'size,kind\n' >pets.csv
for i in $(seq 30); do printf '%s,cat\n%s,dog\n' "$i" "-$i" >>pets.csv; done
printf 'size\n3\n' >new.csv
check "pets" "$recraft" data import pets.csv --label kind --out pets --quiet
check "their run" "$recraft" fit --data pets --method ridge --out runs/pets --quiet
for command in "data import" fit auto predict eval report compare "data make"; do
    [ "$command" = "data import" ] && mv pets taken
    while read -r line; do
        case $line in
        "recraft fit"*"--print-config" | *"--dry-run") ;;
        "recraft fit --data pets --out runs/pets")
            line="recraft fit --data pets --out runs/other --method nft --dry-run" ;;
        "recraft fit"* | "recraft auto"*) line="$line --dry-run" ;;
        "recraft data make"*) line=${line//300/3} line=${line//50/2} ;;
        esac
        check "$line" bash -c "${line/#recraft/"'$recraft'"}"
    done < <("$recraft" $command --help | sed -n '/^examples:/,/^$/s/^  //p')
done
exit $failed
