#!/usr/bin/env python3
"""Two small tokenizers, trained on generated lines, and what the `tokenizers` package makes of 240 lines.

    python3 tools/golden/tokenizers_fixture.py          # writes tests/data/tokenizers/
"""
import json, os, sys

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(root, "tools", "tokenizers"))
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
import compare
import lines as made

OUT = os.path.join(root, "tests", "data", "tokenizers")


def train_wordpiece(folder, size, lines):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer()
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    t.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, show_progress=False,
                                                           limit_alphabet=400))
    t.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
                                                     special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    t.save(os.path.join(folder, "tokenizer.json"))


def main():
    for name in ("wordpiece", "bpe"):
        os.makedirs(os.path.join(OUT, name), exist_ok=True)
    train_wordpiece(os.path.join(OUT, "wordpiece"), 1500, made.lines(11, 4000))
    compare.train_bpe(os.path.join(OUT, "bpe"), 1000, made.lines(12, 4000))
    with open(os.path.join(OUT, "wordpiece", "tokenizer_config.json"), "w") as f:
        json.dump({"model_max_length": 64, "pad_token": "[PAD]", "do_lower_case": True}, f)
    texts = [t for t in made.lines(13, 600) if len(t) < 160][:220]
    texts += ["", " ", "\n", "a\nb\r\n c \n\n d", "x" * 400, "\u00e9" * 101, "e\u0301" * 50, "a\u0316\u0301\u0327b",
              "\u0130\u0131",
              "\u1e9b\u0323", "word\r", "two  spaces ", "tab\tand\u3000more", "it's we'll  I'd", "<mask>[MASK]"]
    out = {"text": texts}
    for name in ("wordpiece", "bpe"):
        t = Tokenizer.from_file(os.path.join(OUT, name, "tokenizer.json"))
        out[name] = [t.encode(x).ids for x in texts]
        t.enable_truncation(12)
        out[name + "_cut"] = [t.encode(x).ids for x in texts]
        t.no_truncation()
        if name == "bpe":
            t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        words = [[w for w in x.split(" ") if w] for x in texts]
        encoded = [t.encode(w, is_pretokenized=True) for w in words]
        out[name + "_words"] = [{"id": e.ids, "word": [-1 if w is None else w for w in e.word_ids]} for e in encoded]
    with open(os.path.join(OUT, "expected.json"), "w", encoding="utf-8") as f:
        json.dump(out, f, ensure_ascii=True, separators=(",", ":"))


main()
