"""Varied lines of text, made from Unicode ranges and small word lists; nothing is taken from any text."""
import random

BLOCKS = [  # name, first, last, weight
    ("ascii", 0x20, 0x7E, 8), ("latin", 0xA0, 0x24F, 6), ("greek", 0x370, 0x3FF, 3), ("cyrillic", 0x400, 0x52F, 4),
    ("armenian", 0x530, 0x58F, 1), ("hebrew", 0x590, 0x5FF, 2), ("arabic", 0x600, 0x6FF, 3),
    ("devanagari", 0x900, 0x97F, 3), ("bengali", 0x980, 0x9FF, 1), ("tamil", 0xB80, 0xBFF, 1),
    ("thai", 0xE00, 0xE7F, 2),
    ("tibetan", 0xF00, 0xFFF, 1), ("georgian", 0x10A0, 0x10FF, 1), ("jamo", 0x1100, 0x11FF, 1),
    ("cherokee", 0x13A0, 0x13FF, 1), ("khmer", 0x1780, 0x17FF, 1), ("latin-more", 0x1E00, 0x1EFF, 3),
    ("greek-more", 0x1F00, 0x1FFF, 2), ("punctuation", 0x2000, 0x206F, 4), ("letterlike", 0x2100, 0x214F, 1),
    ("numbers", 0x2150, 0x218F, 1), ("arrows", 0x2190, 0x21FF, 1), ("maths", 0x2200, 0x22FF, 1),
    ("cjk-marks", 0x3000, 0x303F, 3), ("hiragana", 0x3040, 0x309F, 3), ("katakana", 0x30A0, 0x30FF, 3),
    ("cjk-a", 0x3400, 0x4DBF, 1), ("cjk", 0x4E00, 0x9FFF, 6), ("hangul", 0xAC00, 0xD7A3, 4),
    ("private", 0xE000, 0xE0FF, 1), ("cjk-compatible", 0xF900, 0xFAFF, 2), ("forms", 0xFB00, 0xFDFF, 1),
    ("half-marks", 0xFE00, 0xFE2F, 1), ("full-width", 0xFF00, 0xFFEF, 2), ("gothic", 0x10330, 0x1034F, 1),
    ("deseret", 0x10400, 0x1044F, 1), ("music", 0x1D100, 0x1D1FF, 1), ("maths-letters", 0x1D400, 0x1D7FF, 2),
    ("emoji", 0x1F300, 0x1F6FF, 5), ("emoji-more", 0x1F900, 0x1F9FF, 2), ("cjk-b", 0x20000, 0x2A6DF, 1),
    ("cjk-c", 0x2A700, 0x2B81F, 1), ("cjk-e", 0x2B820, 0x2CEAF, 1), ("tags", 0xE0000, 0xE007F, 1),
    ("any", 0x80, 0x10FFFF, 4)]
SPACES = [" "] * 8 + ["  ", "   ", "\t", "\u00a0", "\u3000", "\u200b", "\u2009", "\u2028", "\u202f", "\ufeff",
                      " \u00a0 ",
                      "\u0085", "\u1680", "\u180e", "\x0b", "\x0c", "\r", "\u205f"]
MARKS = [chr(c) for c in list(range(0x300, 0x36F)) + [0x483, 0x5B0, 0x64B, 0x670, 0x94D, 0xE38, 0xF71, 0x302A, 0x3099,
                                                      0x302E, 0x1D165, 0x1D16D, 0x20D0, 0x34F, 0x1AB0, 0x1DC0, 0x8D3]]
ODD = ["İstanbul", "zqzq", "zqzqzq zqzqs", "(zqzq)", "_zqzq zqzq9 zqzqé zqzq.", "Protein proteins", "x <gap>  y<gap>",
       "Ångström ÅNGSTRÖM angstrom", "  the of", "the office", "ISPARTA ılık", "Straße GROẞE", "ΣΊΣΥΦΟΣ ς",
       "ﬁnance ﬂow", "ǅ ǈ ǋ", "Å Å Å", "q̣̇ q̣̇", "한글 각", "e\u0301 é",
       "\u0344", "\x00nul"[1:], "can't won't I'd we'll they've I'm you're it's", "CAN'T 'S 's' ''s", "don’t",
       "x=3.14e-10;",
       "http://example.org/a?b=c&d=%20", "user@example.org", "#tag @name", "$5.00 €7,50 ½ ¾ ²", "...!?!?...", "--- — –",
       "«»„“”",
       "[CLS] [SEP] [MASK] [PAD] [UNK]", "a[MASK]b", "[mask]", "<s> </s> <mask> <pad> <unk>", "a <mask> b", "a<mask>b",
       "  <mask>  x",
       "\U0001F468\u200d\U0001F469\u200d\U0001F467\u200d\U0001F466", "\U0001F44D\U0001F3FD", "\U0001F1E9\U0001F1EA",
       "❤\ufe0f", "1\ufe0f\u20e3", "\U0001F3F4\U000E0067\U000E0062\U000E007F", "\ufffd", "\ufffe", "\u2060x\u00ady",
       "\u0007bell\u001b[0m",
       "Ġ Ċ ##ing ##", "日本語テキスト", "中文，标点。", "한국어", "ไทย", "नमस्ते", "العربية", "עברית", "naïve façade Ångström",
       "ÀÉÎÕÜ", "ĲĳŒœ",
       "I.B.M.", "3,000", "x" * 99, "y" * 100, "z" * 101, "é" * 100, "é" * 101, "ab" * 300, "1" * 150, "!" * 150,
       "a\u0301" * 120]
SYLLABLES = ["ba", "con", "di", "er", "fa", "ing", "jo", "ka", "lo", "men", "ne", "or", "pre", "qui", "re", "st", "ti",
             "un",
             "ver", "wi", "xe", "ya", "zu", "th", "ous", "al", "ship", "able", "ness", "ly", "s", "ed"]
WORDS = """the of and to in a is that for it as was with be by on not he his but at are this have from or had an
they which one you were all her she there would their we him been has when who will no more if out so up
said what its about than into them can only other time new some could these two may first then do any
like my now over such our man me even most made after also did many off before must well back through
years where much your way down should because long each just state those people too mr how little good
world make very year still see own work men day get here old between both life being under three never
know same last another while us might great since against used go came right take house small question
answer model token sentence learning language network transformer feature distance source target label""".split()


def word(r):
    kind = r.random()
    if kind < 0.4:
        w = r.choice(WORDS)
    elif kind < 0.7:
        w = "".join(r.choice(SYLLABLES) for _ in range(r.randint(1, 6)))
    elif kind < 0.78:
        w = str(r.randint(0, 10 ** r.randint(1, 12)))
    else:
        _, first, last, _ = r.choices(BLOCKS, [b[3] for b in BLOCKS])[0]
        w = "".join(character(r, first, last) for _ in range(r.randint(1, 8)))
    style = r.random()
    if style < 0.1:
        w = w.upper()
    elif style < 0.25:
        w = w.capitalize()
    if r.random() < 0.1:
        w = "".join(c + ("".join(r.choice(MARKS) for _ in range(r.randint(1, 3))) if r.random() < 0.4 else "")
                    for c in w)
    if r.random() < 0.12:
        w += r.choice(".,;:!?)'\"-…。、")
    if r.random() < 0.05:
        w += "'" + r.choice(["s", "t", "re", "ve", "m", "ll", "d", "S", "x"])
    return w


def character(r, first, last):
    while True:
        code = r.randint(first, last)
        if not 0xD800 <= code < 0xE000 and code not in (0x0A,):
            return chr(code)


def line(r):
    if r.random() < 0.02:
        return r.choice(["", " ", "\u00a0", "\u200b", "\t\t", "\x01\x02"])
    if r.random() < 0.02:  # one long word
        return "".join(word(r) for _ in range(r.randint(20, 120)))
    parts = []
    for _ in range(r.randint(1, 14)):
        parts.append(r.choice(ODD) if r.random() < 0.12 else word(r))
        parts.append(r.choice(SPACES))
    if r.random() < 0.7:
        parts.pop()
    return "".join(parts)


def lines(seed, n):
    """n lines without line feed, and without a carriage return at the end (the reader of lines takes it off)."""
    r = random.Random(seed)
    return [line(r).replace("\n", " ").rstrip("\r") for _ in range(n)]
