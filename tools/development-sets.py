#!/usr/bin/env python3
"""Development sets: development-sets.py DATA OUT. Of each training part 400 samples to learn from and up to 500 others
to be judged on, drawn three times; the test parts of the data are not touched. DATA holds the folders that are named
below; OUT/a, OUT/b and OUT/c get one of each name."""
import os
import sys

import numpy as np

# DNA as four channels: `recraft data transform one-hot --in DATA/dna_splice --out DATA/dna_splice_onehot`, and the same
# for dna_promoter.
SETS = {"dna-splice": "dna_splice_onehot", "dna-promoter": "dna_promoter_onehot", "satellite": "satellite_crop",
        "emg": "emg_myo",
        "ecg": "ecg_physionet2017", "audio": "audio_fsdd", "vehicle": "tabular/vehicle", "segment": "tabular/segment",
        "spambase": "tabular/spambase", "optdigits": "tabular/optdigits"}
if len(sys.argv) != 3:
    sys.exit(__doc__)
data, out = sys.argv[1:]
for draw, part in enumerate("abc"):
    for name, path in SETS.items():
        x, y = (np.load(os.path.join(data, path, "%s_train.npy" % letter)) for letter in "xy")
        order = np.random.default_rng(100 + draw).permutation(len(x))
        folder = os.path.join(out, part, name)
        os.makedirs(folder, exist_ok=True)
        for which, rows in (("train", order[:400]), ("test", order[400:900])):
            np.save(os.path.join(folder, "x_%s.npy" % which), x[rows])
            np.save(os.path.join(folder, "y_%s.npy" % which), y[rows])
