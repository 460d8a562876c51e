#!/usr/bin/env python3
"""Raw files for the eight jobs of docs/your-data.md, as users have them: make_data.py FOLDER [SAMPLES [SEED]].

Each job has SAMPLES labelled samples (240) and a few new ones without a label. Labels depend on the data by a rule
that is stated here, with noise on top: no job can be done without a fault. Only Python's own modules are needed.
"""
import csv
import datetime
import math
import os
import random
import struct
import sys
import wave
import zlib

NEW = 5  # samples to be asked about
draw = random.Random()


def folder(*parts):
    path = os.path.join(*parts)
    os.makedirs(path, exist_ok=True)
    return path


def noise(size):
    return draw.gauss(0, size)


def table(path, names, rows):
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(names)
        out.writerows(rows)


# ---- 1. a table with dates and missing values: late on Fridays and Sundays, in the evening, and in the wind ----
def flight():
    begin = datetime.datetime(2024, 1, 1) + datetime.timedelta(minutes=draw.randrange(366 * 24 * 60))
    carrier = draw.choice(["Aurora", "Borealis", "Corvus"])
    wind = draw.gammavariate(3, 4)
    score = -2.2 + 2.5 * (begin.weekday() in (4, 6)) + 0.12 * (begin.hour - 10) + 0.08 * (wind - 12)
    score += {"Aurora": -1, "Borealis": 0, "Corvus": 1}[carrier]
    late = "yes" if score + noise(1) > 0 else "no"
    known = "" if draw.random() < 0.1 else f"{wind:.1f}"
    miles = "n/a" if draw.random() < 0.1 else f"{draw.randrange(200, 3000):,}"
    return [begin.strftime("%Y-%m-%d %H:%M"), carrier, miles, known, late]


def flights(out, n):
    names = ["departure", "carrier", "miles", "wind", "late"]
    table(os.path.join(out, "flights.csv"), names, [flight() for _ in range(n)])
    table(os.path.join(out, "new_flights.csv"), names[:-1], [flight()[:-1] for _ in range(NEW)])


# ---- 2. photos of several sizes: a ring, a cross or stripes of any colour somewhere in the picture ----
def png(path, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    raw = b"".join(b"\0" + bytes(v for pixel in row for v in pixel) for row in rows)
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)))
        file.write(chunk(b"IEND", b""))


def inside(kind, x, y, radius):
    if kind == "ring":
        return 0.6 * radius < math.hypot(x, y) < radius
    if kind == "cross":
        return max(abs(x), abs(y)) < radius and min(abs(x), abs(y)) < 0.25 * radius
    return max(abs(x), abs(y)) < radius and math.floor(4 * x / radius) % 2 == 0


def photo(path, kind):
    size = draw.randrange(24, 40)
    radius, turn = size * draw.uniform(0.2, 0.35), draw.uniform(-0.4, 0.4)
    cx, cy = (draw.uniform(radius, size - radius) for _ in range(2))
    ink, paper = ([draw.randrange(256) for _ in range(3)] for _ in range(2))
    rows = []
    for y in range(size):
        row = []
        for x in range(size):
            u = (x - cx) * math.cos(turn) + (y - cy) * math.sin(turn)
            v = (y - cy) * math.cos(turn) - (x - cx) * math.sin(turn)
            colour = ink if inside(kind, u, v, radius) else paper
            row.append([min(255, max(0, int(c + noise(15)))) for c in colour])
        rows.append(row)
    png(path, rows)


def photos(out, n):
    kinds = ["ring", "cross", "stripes"]
    for i in range(n):
        photo(os.path.join(folder(out, "photos", kinds[i % 3]), f"{i}.png"), kinds[i % 3])
    for i in range(NEW):
        photo(os.path.join(folder(out, "new_photos"), f"{kinds[i % 3]}-{i}.png"), kinds[i % 3])


# ---- 3. recordings: a tone that rises, falls or stays, of any pitch, in noise ----
def recording(path, kind, rate=8000):
    begin, change = draw.uniform(300, 1200), draw.uniform(1.15, 1.6)
    end = begin * {"rising": change, "falling": 1 / change, "steady": 1}[kind]
    n, phase, values = rate // 4, 0, []
    for i in range(n):
        phase += 2 * math.pi * (begin + (end - begin) * i / n) / rate
        values.append(int(9000 * math.sin(phase) + noise(4000)))
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{n}h", *(max(-32768, min(32767, v)) for v in values)))


def recordings(out, n):
    kinds = ["rising", "falling", "steady"]
    for i in range(n):
        recording(os.path.join(folder(out, "tones", kinds[i % 3]), f"{i}.wav"), kinds[i % 3])
    for i in range(NEW):
        recording(os.path.join(folder(out, "new_tones"), f"{kinds[i % 3]}-{i}.wav"), kinds[i % 3])


# ---- 4. series of three channels and of several lengths: what a hand does, seen by an accelerometer ----
def gesture(kind):
    n, speed, start = draw.randrange(40, 80), draw.uniform(0.25, 0.45), draw.uniform(0, 2 * math.pi)
    tap = sorted(draw.sample(range(4, n - 4), 3))
    channels = [[], [], []]
    for i in range(n):
        angle = start + speed * i
        at = {
            "circle": (math.cos(angle), math.sin(angle), 0),
            "wave": (math.cos(angle), 0.3 * math.cos(angle), 0),
            "tap": (0, 0, sum(math.exp(-abs(i - t)) for t in tap)),
        }[kind]
        for channel, value in zip(channels, at):
            channel.append(value + noise(0.8))
    return ":".join(",".join(f"{v:.3f}" for v in channel) for channel in channels)


def gestures(out, n):
    kinds = ["circle", "wave", "tap"]
    for name, count in ("gestures.ts", n), ("new_gestures.ts", NEW):
        with open(os.path.join(out, name), "w") as file:
            file.write("@problemName gestures\n@timeStamps false\n@univariate false\n@dimensions 3\n")
            file.write("@equalLength false\n")
            file.write(f"@classLabel true {' '.join(kinds)}\n@data\n")
            for i in range(count):
                file.write(f"{gesture(kinds[i % 3])}:{kinds[i % 3]}\n")


# ---- 5. DNA: promoters have the box TATAAT about ten letters before their end, with a letter wrong at times ----
def dna(promoter):
    letters = [draw.choice("ACGT") for _ in range(57)]
    if promoter:
        at = 57 - 16 + draw.randrange(-2, 3)
        letters[at : at + 6] = [c if draw.random() < 0.9 else draw.choice("ACGT") for c in "TATAAT"]
    return "".join(letters)


def promoters(out, n):
    with open(os.path.join(out, "promoters.fasta"), "w") as file:
        for i in range(n):
            file.write(f">s{i} {'promoter' if i % 2 else 'other'}\n{dna(i % 2)}\n")
    with open(os.path.join(out, "new_promoters.fasta"), "w") as file:
        for i in range(NEW):
            file.write(f">new{i}\n{dna(i % 2)}\n")


# ---- 6. texts: what people say of a hotel, one thing good and one bad at times ----
GOOD = ["spotless", "friendly", "quiet", "delicious", "comfortable", "charming", "generous", "bright"]
BAD = ["dirty", "rude", "noisy", "cold", "broken", "dull", "tiny", "smelly"]
THINGS = ["room", "staff", "breakfast", "bed", "lobby", "view", "bathroom", "bar"]


def review(good):
    words = [draw.choice(GOOD if (draw.random() < 0.85) == good else BAD) for _ in range(3)]
    things = draw.sample(THINGS, 3)
    first, second, third = (f"the {thing} was {word}" for thing, word in zip(things, words))
    return f"{first.capitalize()}, {second} and {third}."


def reviews(out, n):
    rows = [[review(i % 2 == 0), "good" if i % 2 == 0 else "bad"] for i in range(n)]
    table(os.path.join(folder(out, "reviews"), "train.csv"), ["text", "label"], rows[n // 5 :])
    table(os.path.join(out, "reviews", "test.csv"), ["text", "label"], rows[: n // 5])
    table(os.path.join(out, "new_reviews.csv"), ["text"], [[review(i % 2 == 0)] for i in range(NEW)])


# ---- 7. EDF: half-awake brains have a rhythm of ten hertz at times, sleeping ones slow waves ----
def edf(path, awake, seconds=6, rate=64):
    names = ["EEG Fpz-Cz", "EEG Pz-Oz"]
    n = seconds * rate

    def field(text, size):
        return str(text).ljust(size)[:size].encode()

    def each(texts, size):
        return b"".join(field(text, size) for text in texts)

    both = ["" for _ in names]
    head = field("0", 8) + field("X X X X", 80) + field("Startdate 01-JAN-2024 X X X", 80) + b"01.01.2400.00.00"
    head += field(256 * (1 + len(names)), 8) + field("", 44) + field(seconds, 8) + field(1, 8) + field(len(names), 4)
    head += each(names, 16) + each(both, 80) + each(["uV", "uV"], 8) + each([-250, -250], 8) + each([250, 250], 8)
    head += each([-2048, -2048], 8) + each([2047, 2047], 8) + each(both, 80) + each([rate, rate], 8) + each(both, 32)
    data = []
    for _ in names:
        fast, slow = (draw.uniform(0, 2 * math.pi) for _ in range(2))
        high, low = (draw.uniform(8, 22) for _ in range(2))
        for i in range(n):
            t = i / rate
            alpha = (high if awake else 0.4 * high) * math.sin(2 * math.pi * 10 * t + fast)
            delta = (0.4 * low if awake else low) * math.sin(2 * math.pi * 1.5 * t + slow)
            data.append(int((alpha + delta + noise(25)) * 4095 / 500))
    with open(path, "wb") as file:
        file.write(head + struct.pack(f"<{len(data)}h", *(max(-2048, min(2047, v)) for v in data)))


def sleep(out, n):
    for i in range(n):
        edf(os.path.join(folder(out, "sleep", "awake" if i % 2 else "asleep"), f"{i}.edf"), i % 2)
    for i in range(NEW):
        edf(os.path.join(folder(out, "new_sleep"), f"night-{i}.edf"), i % 2)


# ---- 8. three numbers at once: a weight on a spring ----
def spring():
    mass, stiffness, damping = draw.uniform(0.2, 2), draw.uniform(5, 50), draw.uniform(0.05, 0.6)
    push = draw.uniform(0.1, 1)
    material = draw.choice(["steel", "brass"])
    force = stiffness * (1 if material == "steel" else 0.6)
    values = [math.sqrt(force / mass) / (2 * math.pi), 2 * mass / damping, push / math.sqrt(force * mass)]
    inputs = [f"{mass:.3f}", f"{stiffness:.2f}", f"{damping:.3f}", f"{push:.3f}", material]
    return inputs + [f"{v * (1 + noise(0.03)):.4f}" for v in values]


def springs(out, n):
    names = ["mass", "stiffness", "damping", "push", "material", "frequency", "decay", "amplitude"]
    table(os.path.join(out, "springs.csv"), names, [spring() for _ in range(n)])
    table(os.path.join(out, "new_springs.csv"), names[:5], [spring()[:5] for _ in range(NEW)])


def main():
    out = folder(sys.argv[1])
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 240
    draw.seed(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    for job in flights, photos, recordings, gestures, promoters, reviews, sleep, springs:
        job(out, n)


if __name__ == "__main__":
    main()
