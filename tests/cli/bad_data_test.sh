#!/usr/bin/env bash
# Data that cannot be used: one clear line, exit code 2, and nothing written. $1: the program, $2: a scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
source=$(cd "$here/../.." && pwd)
files=$source/tests/data/readers
import() { "$recraft" data import "$@" --out new --quiet; }
fit() { "$recraft" fit --method recraft --data "$1" --source swin-mini --out run --quiet; }
# npy FILE DTYPE SHAPE: a .npy of the bytes on standard input.
npy() {
    local head="{'descr': '$2', 'fortran_order': False, 'shape': ($3), }"
    { printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "$head" && cat; } >"$1"
}

# files that are broken, or hold what is not read
refused "cut off or damaged" import "$files/cut.h5"
refused "cut off or damaged" "$recraft" data show "$files/cut.h5"
refused "cut off or damaged" fit "$files/cut.h5"
refused "cut off or damaged at byte" import "$files/cut.mat"
refused "\"z\" cannot be x: holds complex numbers" import "$files/v5.mat" --x z --y label
refused "\"sparse\" cannot be x: is a sparse matrix" import "$files/v5.mat" --x sparse --y label
refused "\"s\" cannot be x: is a struct; save its fields as variables of their own" import "$files/v5.mat" --x s \
    --y label
refused "\"mixed\" cannot be x: it holds text" import "$files/v5.mat" --x mixed --y label
refused "\"s\" (is a struct; save its fields as variables of their own)" import "$files/v5.mat" --x coeff --y s.x
refused "--x nothing_here: there is no such array; it holds \"coeff\" float64 [4, 3, 5]" import "$files/v5.mat" \
    --x nothing_here
refused "wants to import posix.system, which is refused" import "$files/evil.pkl"
refused "wants to import posix.system, which is refused" fit "$files/evil.pkl"
refused "wants to import posix.system, which is refused" "$recraft" data show "$files/evil.pkl"
refused "as a zip bomb does" import "$files/bomb.npz" --x x --y x
refused "the pickle is cut off" import "$files/cut.pkl"
refused "not a pickle of protocol 2 to 5" import "$files/old.pkl"
refused "cannot be x: claims 8589934592 bytes and stores 0" import "$files/arrays.h5" --x unwritten --y group/labels
refused "its values are in other files" import "$files/arrays.h5" --x raw --y group/labels
printf 'PK\003\004 and then nothing' >broken.npz
refused "not a .npz (zip) file, or cut off" import broken.npz
printf 'what is this' >thing.xyz
refused "not a file that can be imported" import thing.xyz
refused "no such file or folder" import nowhere.csv

refused "--hop is the step between windows; give their --length, too" import "$files/records.pkl" --hop 5
refused "--fill auto: takes interpolate, mean or zero" import "$files/arrays.h5" --fill auto
refused "--length and --fill are for series" import "$files/arrays.h5" --x images --y group/labels --length 3

# tables
printf 'a,b,label\n1,2,x\n3,4\n5,6,y\n' >ragged.csv
refused "ragged.csv:3: 2 columns, header has 3 (nothing for \"label\")" import ragged.csv
printf 'a,b,label\n1,2,x\n3,4,y,z\n' >ragged.csv
refused "ragged.csv:3: 4 columns, header has 3 (\"z\" in column 4 is too many" import ragged.csv
printf 'a,label\n1,x\n2,"y\n' >quote.csv
refused "quote.csv:3: column 2: a quote is opened and never closed" import quote.csv
printf 'a,label\n1,2.5\n2,nan\n3,1.5\n' >nan.csv
refused "nan.csv:3: the target \"label\" is missing" import nan.csv
printf 'a,label\n1,2.5\n2,inf\n3,1.5\n' >inf.csv
refused "inf.csv:3: the label is missing (or NaN)" import inf.csv
printf 'a,label\n1,x\ninf,y\n3,x\n4,y\n' >inf.csv
refused "inf.csv:3: x holds NaN or infinity" import inf.csv --test-fraction 0
printf 'a,label\n1,x\n2,x\n3,x\n' >one.csv
refused "one class only (\"x\" in all 3 samples)" import one.csv
printf 'a,label\n1,x\n2,y\n3,z\n' >each.csv
refused "3 classes in 3 samples: every label occurs once" import each.csv
printf 'a,label\n1,x\n2,y\n3,x\n4,y\n' >train.csv
printf 'a,label\n1,x\n2,z\n' >test.csv
refused "test.csv:3: its label \"z\" occurs in the test part and never in train" import train.csv --test test.csv
printf 'b,label\n1,x\n' >test.csv
refused "column 1 is \"b\", in train.csv it is \"a\"" import train.csv --test test.csv
refused "there is no such column; did you mean label? known: " import train.csv --label lable
printf 'a,b\n1,x\n2,y\n' >plain.csv
refused "which column should be predicted? --label COLUMN; the columns are a, b" import plain.csv
refused "the label \"x\" is not a number, as --target numbers asks" import train.csv --target numbers
printf 'a,label\n' >head.csv
refused "a header and no rows" import head.csv
: >empty.csv
refused "the file is empty" import empty.csv
printf 'a,label\n5,x\n5,y\n5,x\n5,y\n' >same.csv
refused "no column is left as input" import same.csv
printf '@attribute when date\n@data\n1\n' >when.arff
refused "when.arff:1: \"when\" is of type date" import when.arff
refused "--target fast: takes auto, classes, numbers or labels" import train.csv --target fast
printf 'a,label\n1,x\n2,x\n3,"x, x"\n' >several.csv
refused "one label only (\"x\")" import several.csv --target labels
printf 'a,label\n1,"x,y"\n2,","\n' >several.csv
refused "several.csv:3: the label is missing" import several.csv --target labels
printf 'a,label\n1,2\n2,3\n' >several.csv
refused "the targets are numbers; --target labels takes texts" import several.csv --target labels
refused "takes one character, or tab" import train.csv --delimiter ab
refused "takes a number from 0 to below 1" import train.csv --test-fraction 1
mkdir there
refused "there: exists already" "$recraft" data import train.csv --out there

# pictures and sounds
mkdir -p pics/a pics/b
cp "$files/rgb.png" pics/a/1.png
cp "$files/gray.png" pics/b/1.png
printf 'GIF89a, really' >pics/b/2.png
refused "pics/b/2.png: not a PNG or JPEG picture" import pics
cp "$files/cut.png" pics/b/2.png
refused "pics/b/2.png: a damaged or cut-off PNG" import pics
cp "$files/smooth.jpg" pics/b/2.png
refused "from 6 x 8 to 16 x 24 pixels; choose one size" import pics
# Messages of the library name fields, pixels and x_test for instance: the program has its options there.
refused "recraft: --size 0: takes a number of pixels (64) or height and width" import pics --size 0
cp "$files/rgb.png" pics/3.png
refused "is not in the folder of a class" import pics --size 8
mkdir -p snd/a snd/b
cp "$files/mono.wav" snd/a/1.wav
cp "$files/empty.wav" snd/b/1.wav
refused "snd/b/1.wav: a sound of length 0" import snd
cp "$files/rgb.png" snd/b/1.wav
refused "snd/b/1.wav: not a WAV, FLAC or OGG file" import snd
cp "$files/mono.wav" snd/b/1.wav
printf 'file,label\na/1.wav,x\na/1.wav,y\n' >labels.csv
refused "labels.csv:3: \"a/1.wav\" is named twice" import snd --labels labels.csv
printf 'file,label\n1.wav,x\n' >labels.csv
refused "means both \"a/1.wav\" and \"b/1.wav\"" import snd --labels labels.csv
printf 'file,label\na/1.wav,x\n' >labels.csv
refused "labels.csv: has no line for \"b/1.wav\"" import snd --labels labels.csv
mkdir none
refused "a folder without pictures" import none
mkdir -p tiffs/a && printf 'II*\0' >tiffs/a/1.tif
refused "tiffs: a folder of TIFF pictures, not read here; convert them: mogrify -format png 'FILE'" import tiffs
for file in sheet.xlsx "a spreadsheet" t.parquet Parquet d.pt PyTorch p.dcm DICOM b.nii.gz NIfTI t.csv.bz2 packed \
    v.MP4 video; do
    case $file in *.*) printf 'PK\003\004' >"$file" &&
        name=$file ;; *) refused "$name: $file, not read here; convert it: " import "$name" ;; esac
done
# They are known by what they hold, too, packed or not; and what is to be typed holds the name, and is Python.
zeros() { head -c "$1" /dev/zero; }
holding() {
    case $1 in
    Parquet) printf 'PAR1\025\004' ;;
    Arrow) printf 'ARROW1\0\0' ;;
    Office) printf 'PK\003\004' && zeros 22 && printf '\023\0\0\0[Content_Types].xml' ;;
    Excel) printf '\320\317\021\340\241\261\032\341' ;;
    PyTorch) printf 'PK\003\004' && zeros 22 && printf '\014\0\0\0run/data.pkl' ;;
    Torch) printf '\200\002\212\012\154\374\234\106\371\040\152\250\120\031.' ;;
    safetensors) printf '\020\0\0\0\0\0\0\0{"a":{}}' ;;
    TIFF) printf 'MM\0*' ;;
    DICOM) zeros 128 && printf 'DICM\002\0' ;;
    NIfTI) zeros 344 && printf 'n+1\0' ;;
    esac
}
typed() { "$recraft" data import "$1" --out new 2>&1 | sed 's/.*python3 -c "\(.*\)".*/\1/' |
    python3 -c 'import ast, sys; ast.parse(sys.stdin.read())'; }
for kind in Parquet Arrow Office Excel PyTorch Torch safetensors TIFF DICOM NIfTI; do
    holding $kind >known.csv
    case $kind in Office | Excel) name="a spreadsheet" ;; Torch) name=PyTorch ;; TIFF) name="TIFF pictures" ;; Arrow)
        name="Arrow (Feather)" ;; *) name=$kind ;; esac
    refused "known.csv: $name, not read here; convert it: " import known.csv
    check "what to type for $kind" typed known.csv
done
refused "NIfTI, not read here; convert it: python3 -c \"import numpy, nibabel; numpy.save('x.npy', nibabel.load('known.csv').get_fdata())\"" fit known.csv
gzip known.csv
refused "known.csv.gz: NIfTI, not read here" "$recraft" auto known.csv.gz --out new
refused "known.csv.gz: NIfTI, not read here" "$recraft" data show known.csv.gz
refused "\`recraft data import\` reads tables, pictures" fit thing.xyz
refused "a table of numbers becomes a data set by \`recraft data import\`" fit train.csv
refused "\`recraft data import\` makes one of pictures, sounds and tables" fit pics

# what would be waited for
mkfifo pipe.csv pipe.npz pipe.wav pipe.fasta
for file in pipe.csv pipe.npz pipe.wav pipe.fasta; do refused "$file: a pipe, not a regular file" import $file; done
refused "pipe.npz: a pipe, not a regular file" fit pipe.npz
refused "pipe.npz: a pipe, not a regular file" "$recraft" data show pipe.npz
rm pipe.*
mkdir piped && mkfifo piped/x_train.npy
refused "x_train.npy: a pipe, not a regular file" fit piped
rm -r piped
for file in mono.wav rgb.png; do
    mkdir -p piped/a piped/b && cp "$files/$file" piped/a/ && mkfifo "piped/b/$file"
    refused "piped/b/$file: a pipe, not a regular file" import piped
    rm -r piped
done
printf '>a x\nACGT\n>b\nACGT\n' >some.fasta
refused "\"b\" has no label" import some.fasta
printf '>a x\nAC1T\n' >bad.fasta
refused "bad.fasta:2: column 3: '1' is not a letter" import bad.fasta

# arrays
refused "recraft: --x-test and --y-test: give both" import "$files/arrays.h5" --x images --y group/labels \
    --x-test images
refused "\"images\" has 6 samples (layout NCHW), \"flags\" has 3" import "$files/arrays.h5" --x images --y flags
refused "say what its dimensions are with --layout" import "$files/arrays.h5" --x images --y group/labels --layout NXYZ
refused "say what its dimensions are with --layout" import "$files/arrays.h5" --x images --y group/labels --layout NC
refused "no x_train and y_train; it holds" fit "$files/arrays.h5"
mkdir d
printf '%0.s\0\0\0\0' {1..96} | npy d/x_train.npy '<f4' '8, 1, 3, 4'
printf 'a\0\0\0b\0\0\0a\0\0\0b\0\0\0a\0\0\0b\0\0\0a\0\0\0b\0\0\0' | npy d/y_train.npy '<U1' '8,'
refused "holds text, where numbers are needed; \`recraft data import\` turns names of classes into numbers" fit d
printf '\0\0\300\177\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' | npy d/y_train.npy '<f4' '8,'
refused "y_train holds NaN or infinity (first in sample 0)" fit d
printf '\0\1\0\1\0\1\0\11' | npy d/y_train.npy '|u1' '8,'
refused "8 training samples for 10 classes" fit d
printf '\1\1\1\1\1\1\1\1' | npy d/y_train.npy '|u1' '8,'
refused "one class only" fit d
printf '\0\1\0\1\0\1\0' | npy d/y_train.npy '|u1' '7,'
refused "x_train has 8 samples, y_train has 7" fit d
printf '\0\1\0\1\0\1\0\1' | npy d/y_train.npy '|u1' '8,'
cp d/x_train.npy d/x_test.npy
printf '\0\1\0\1\0\1\0\2' | npy d/y_test.npy '|u1' '8,'
refused "y_test has label 2 (sample 7), which never occurs in y_train" fit d

printf "PK" >book.xlsx
refused "not read here; convert it" fit book.xlsx

exit $failed
