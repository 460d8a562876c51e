#!/usr/bin/env bash
# The pages in a browser: none is wider than a telephone, none is blank, and all are printed. $1: the program, $2: a
# scratch folder.
set -u
. "$(dirname "$0")/checks.sh"
export OMP_NUM_THREADS=1
python3 - "$here" <<'END'
import math, os, random, sys
sys.path.insert(0, sys.argv[1])
import npy
draw = random.Random(1)
long = "a_name_that_nobody_would_give_to_a_column_but_that_some_program_has_made" * 2
with open("table.csv", "w") as out:
    print("width", long, "kind", sep=",", file=out)
    for i in range(80):
        print(i % 2 + draw.random(), draw.random(), ("<b>dog</b>", long)[i % 2], sep=",", file=out)
with open("numbers.csv", "w") as out:
    print("a", "b", "price", sep=",", file=out)
    for i in range(80):
        print(i, draw.random(), 123456 * i + draw.random(), sep=",", file=out)
for name, shape in (("pictures", (3, 16, 16)), ("signals", (2, 600))):
    os.mkdir(name)
    for part, n in (("train", 24), ("test", 12)):
        size = math.prod(shape)
        x = [float(draw.randint(0, 255) // (1 + (i // size) % 2)) for i in range(n * size)]
        npy.write(f"{name}/x_{part}.npy", "<f4", (n,) + shape, x)
        npy.write(f"{name}/y_{part}.npy", "<i8", (n,), [i % 2 for i in range(n)])
END
fit() { "$recraft" fit --data "$1" --method "$2" --out "$3" --quiet "${@:4}"; }
check "a table" fit table.csv forest table --label kind
check "numbers" fit numbers.csv ridge numbers --label price
check "pictures" fit pictures ridge pictures.run
check "signals" fit signals ridge signals.run
check "the table again" fit table/data ridge again
for run in table numbers pictures.run signals.run; do check "$run has a page" "$recraft" report --run $run \
    --output $run.html --quiet; done
check "two have one page" "$recraft" report table again --output both.html --quiet
refused "are of different tasks, whose scores cannot be compared" "$recraft" report table numbers --output no.html
refused "belongs to none of them" "$recraft" report table again
refused "no such run folder" "$recraft" report table nowhere --output no.html

# Each page stands in a frame as wide as a telephone and tells how wide it is; a script that fails tells so, too.
python3 - table.html numbers.html pictures.run.html signals.run.html both.html <<'END'
import sys
frames = ""
for name in sys.argv[1:]:
    page = open(name, encoding="utf-8").read()
    tell = "const e=document.documentElement;parent.postMessage('%s '+e.scrollWidth+' '+innerWidth,'*')" % name
    open("framed." + name, "w").write(page + f"<script>onerror=e=>parent.postMessage('failed '+e,'*');{tell}</script>")
    frames += f'<iframe src="framed.{name}" width=420 height=1500 style="border:0"></iframe>'
open("all.html", "w").write("<!doctype html><script>onmessage=e=>{document.body.insertAdjacentHTML('beforeend','<p class=told>'+e.data)}</script>"
                            '<body style="margin:0;width:2100px;font-size:0">' + frames)
END
timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
    --user-data-dir="$scratch/profile" --virtual-time-budget=2000 --window-size=2100,1500 --screenshot=all.png \
    --print-to-pdf=all.pdf --dump-dom "file://$scratch/all.html" >dom.html 2>browser.err ||
    echo "chromium: $(tail -n 3 browser.err) (scripts/deps check installs it)"
check "no page is wider than a telephone, and no script fails" python3 - <<'END'
import re
told = re.findall(r'<p class="told">([^<]*)', open("dom.html", encoding="utf-8").read())
widths = {name: (int(wide), int(window)) for name, wide, window in (line.split() for line in told)}
assert len(widths) == 5 and all(wide <= window == 420 for wide, window in widths.values()), told
END
check "no page is blank" python3 - <<'END'
import struct, zlib
data = open("all.png", "rb").read()
width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
parts, at = b"", 8
while at < len(data):
    size, name = struct.unpack(">I4s", data[at:at + 8])
    parts += data[at + 8:at + 8 + size] if name == b"IDAT" else b""
    at += size + 12
pixel = {2: 3, 6: 4}[kind]
raw, line = zlib.decompress(parts), width * pixel + 1
assert depth == 8 and (width, height) == (2100, 1500), (width, height)
# Behind its filter a piece of a line is all zeros where it has one colour, and is the line above where it has that
# one's.
for frame in range(5):
    left = 1 + (frame * 420 + 20) * pixel
    inked = sum(any(raw[y * line + left:y * line + left + 380 * pixel]) for y in range(height))
    assert inked > 100, (frame, inked)
END
check "and all is printed" python3 \
    -c 'data = open("all.pdf", "rb").read(); assert data[:5] == b"%PDF-" and len(data) > 20000, len(data)'
exit $failed
