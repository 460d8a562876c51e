"""Imitations of the files that the tasks' data are published in: the same layout by the same tools, a few samples of
few points, values that follow simple rules, which the tests repeat.

    pip install numpy scipy h5py soundfile liac-arff
    python tools/golden/published.py
"""
import gzip
import hashlib
import io
import json
import os
import pickle
import struct
import sys
import tarfile
import zipfile

import numpy as np

OUT = os.path.join(os.path.dirname(__file__), "..", "..", "tests", "data", "published")


def path(name):
    return os.path.join(OUT, name)


def ramp(shape, dtype, step=1):
    return (np.arange(np.prod(shape)) * step).astype(dtype).reshape(shape)


class Python2(pickle._Pickler):
    """Writes bytes as Python 2 did its texts: CIFAR's files are of 2009."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_bytes(self, b):
        self.write(pickle.SHORT_BINSTRING + struct.pack("<B", len(b)) + b if len(b) < 256 else
                   pickle.BINSTRING + struct.pack("<i", len(b)) + b)
        self.memoize(b)

    dispatch[bytes] = save_bytes



def python2(value):
    out = io.BytesIO()
    Python2(out, 2).dump(value)
    return out.getvalue()


def add(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def squeezed_tar(name, entries):
    """A .tar, here gzipped, which readers find out by themselves."""
    with open(path(name), "wb") as f, gzip.GzipFile("", "wb", mtime=0, fileobj=f) as z, tarfile.open(fileobj=z,
        mode="w") as t:
        for key, data in entries:
            add(t, key, data)


def npy(array, **more):
    out = io.BytesIO()
    np.save(out, array, **more)
    return out.getvalue()


def cifar100():
    entries = []
    for part, n in (("train", 8), ("test", 4)):
        data = (ramp((n, 3072), "i8") % 251).astype("u1")
        value = {b"filenames": [b"a.png"] * n, b"batch_label": b"part", b"fine_labels": [i % 4 for i in range(n)],
                 b"coarse_labels": [0] * n, b"data": data}
        entries.append(("cifar-100-python/" + part, python2(value)))
    entries.append(("cifar-100-python/meta", python2({b"fine_label_names": [b"apple"]})))
    squeezed_tar("cifar-100-python.tar.gz", entries)


def spherical():
    value = {part: {"images": (ramp((n, 1, 3, 12, 12), "i8") % 253).astype("u1"), "labels": np.arange(n) % 3}
             for part, n in (("train", 6), ("test", 8))}
    with open(path("s2_cifar100.gz"), "wb") as f, gzip.GzipFile("", "wb", mtime=0, fileobj=f) as z:
        pickle.dump(value, z, protocol=4)


def ninapro():
    for part, n in (("train", 6), ("val", 3), ("test", 4)):
        np.save(path("ninapro_%s.npy" % part), ramp((n, 52, 16), "f8", 0.5))
        np.save(path("label_%s.npy" % part), (np.arange(n) % 3).astype(object), allow_pickle=True)


def satellite():
    for part, n in (("train", 6), ("test", 4)):
        value = {"data": ramp((n, 46), "f8", 0.25), "label": 1 + np.arange(n) % 3}
        np.save(path("satellite_%s.npy" % part), value, allow_pickle=True)


def deepsea():
    arrays = {}
    for part, n in (("train", 6), ("val", 3), ("test", 4)):
        arrays["x_" + part] = np.eye(4, dtype="f4")[(np.arange(n * 1000) % 7 % 4).reshape(n, 1000)]
        arrays["y_" + part] = (ramp((n, 36), "i8") % 3 == 0).astype("f4")
    np.savez_compressed(path("deepsea_filtered.npz"), **arrays)


def drug():
    for part, n in (("train", 4), ("test", 3)):
        np.save(path("ctrp_%s_feat.npy" % part), (ramp((n, 3840), "i8") % 2).astype("u1"))
        np.save(path("ctrp_%s_label.npy" % part), ramp((n, 1), "f8", 0.5))


def darcy():
    import scipy.io

    for k, n in ((1, 4), (2, 3)):
        scipy.io.savemat(path("piececonst_r421_N1024_smooth%d.mat" % k),
                         {"coeff": ramp((n, 21, 21), "f8"), "sol": ramp((n, 21, 21), "f8", 0.5),
                          "Kcoeff": np.zeros((1, 1))}, do_compression=True)


def ecg():
    records = np.empty(20, object)
    for i in range(20):
        records[i] = ((np.arange(1000 + 30 * i) * (3 + i)) % 101).astype("i2")
    with open(path("challenge2017.pkl"), "wb") as f:
        pickle.dump({"data": records, "label": np.array([("N", "A", "O", "~")[i % 4] for i in range(20)])}, f,
                    protocol=4)
    with open(path("permutation.json"), "w") as f:
        json.dump({"what": "numpy.random.RandomState(0).permutation(n)",
                   "20": np.random.RandomState(0).permutation(20).tolist(),
                   "700": np.random.RandomState(0).permutation(700).tolist()}, f)


def psicov():
    with zipfile.ZipFile(path("protein.zip"), "w", zipfile.ZIP_DEFLATED) as z:
        for part, proteins in (("deepcov", (("1abcA", 20), ("2xyzB", 70))), ("psicov", (("1q2wA", 24),))):
            z.writestr(zipfile.ZipInfo(part + ".lst"), "".join("%s %d\n" % p for p in proteins), zipfile.ZIP_DEFLATED)
            for name, n in proteins:
                value = {"seq": "A" * n, "ss": ramp((3, n), "f4", 0.25), "pssm": ramp((n, 22), "f4", 0.03125),
                         "sa": ramp((n,), "f4", 0.5),
                         "entropy": ramp((n,), "f4", 0.125), "ccmpred": ramp((n, n), "f4", 0.015625),
                         "freecon": -ramp((n, n), "f4", 0.015625),
                         "potential": ramp((n, n), "f4", 0.0078125)}
                distance = 4 + np.abs(np.subtract.outer(np.arange(n), np.arange(n))).astype("f4")
                np.fill_diagonal(distance, 0)
                distance[2, 5] = np.nan
                cell = np.empty(3, object)
                cell[:] = [n, "A" * n, distance]
                z.writestr(zipfile.ZipInfo("%s/features/%s.pkl" % (part, name)), pickle.dumps(value, 4),
                           zipfile.ZIP_DEFLATED)
                z.writestr(zipfile.ZipInfo("%s/distance/%s-cb.npy" % (part, name)), npy(cell, allow_pickle=True),
                           zipfile.ZIP_DEFLATED)


def fsd50k():
    import soundfile

    def wav(k, n):
        out = io.BytesIO()
        soundfile.write(out, 0.5 * np.sin(2 * np.pi * 220 * (1 + k) * (np.arange(n) // 3 * 3) / 22050), 22050,
                        format="WAV", subtype="PCM_16")
        return out.getvalue()

    labels = [str(k) for k in range(200)]
    labels[:4] = "Bark", "Siren", "Wind", "Clapping"
    with zipfile.ZipFile(path("audio.zip"), "w", zipfile.ZIP_DEFLATED) as z:
        def put(name, data):
            z.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)

        put("chunks/lbl_map.json", json.dumps({name: k for k, name in enumerate(labels)}))
        for part, clips, seconds in (("tr", 4, 1), ("val", 2, 1), ("eval", 3, 1)):
            lines = "files,labels,ext\n"
            for c in range(clips):
                for k in range(1 + c % 3):  # chunks of a clip; the first is too short
                    put("%s_22050/%d_%d.wav" % (part, c, k), wav(4 * c + k, 9000 if k + c == 0 else 22050 * seconds))
                    names = labels[c] if c % 2 else '"%s,%s"' % (labels[c], labels[c + 1])
                    lines += "/xyz/data/%s_22050/%d_%d.wav,%s,%d\n" % (part, c, k, names, 100 + c)
            put("chunks/%s.csv" % part, lines)
        put("noise_22050/rain.wav", wav(9, 70000))


def cosmic():
    for part, n in (("train", 3), ("test", 2)):
        entries = []
        for filt, field in (("f435w", "10760/2"), ("f435w", "10595/2"),
                            ("f606w", "10760/2")):  # galaxies, a cluster, another filter
            for k in range(1, n + 1):
                image = np.zeros((3 if k > 1 else 2, 200, 196), "f4")
                image[0] = 10 * k
                image[0, 64, 64] = 7
                image[1, 65:67, 64] = 1
                if k > 1:
                    image[2, 66, 64] = 1
                entries.append(("npy_%s/%s/%s/%d_img.npy" % (part, filt, field, k), npy(image)))
            if part == "train":
                entries.append(("npy_%s/%s/%s/sky.npy" % (part, filt, field), npy(np.arange(1, n + 1, dtype="f8"))))
        squeezed_tar("deepCR.ACS-WFC.%s.tar" % part, entries)


def pdebench():
    import h5py

    def fields(name, keys, shape):
        with h5py.File(path(name), "w") as f:
            for k, key in enumerate(keys):
                n, t, *space = shape
                inner = ramp(space, "f4")
                v = 1000.0 * np.arange(n).reshape([n, 1] + [1] * len(space)) + 2 * np.arange(t).reshape([1, t] + [1]
                    * len(space)) + inner / 64 + k / 4
                f.create_dataset(key, data=v.astype("f4"), chunks=(1, t, *space), compression="gzip", shuffle=True)
            f["x-coordinate"] = np.arange(shape[2], dtype="f4")
            f["t-coordinate"] = np.arange(shape[1] + 1, dtype="f4")

    def groups(name, shape):
        n, t, *rest = shape
        with h5py.File(path(name), "w") as f:
            for i in reversed(range(n)):
                v = 1000.0 * i + 2 * np.arange(t).reshape([t] + [1] * len(rest)) + ramp(rest, "f4") / 64
                f.create_dataset("%04d/data" % i, data=v.astype("f4"), compression="gzip", shuffle=True)
                f["%04d/grid/t" % i] = np.arange(t, dtype="f4")

    fields("1D_Advection_Sols_beta0.4.hdf5", ["tensor"], (10, 201, 8))
    fields("1D_Burgers_Sols_Nu1.0.hdf5", ["tensor"], (10, 201, 8))
    fields("1D_CFD_Rand_Eta0.1_Zeta0.1_periodic_Train.hdf5", ["density", "pressure", "Vx"], (10, 101, 8))
    groups("1D_diff-sorp_NA_NA.h5", (10, 101, 8, 1))
    fields("ReacDiff_Nu0.5_Rho1.0.hdf5", ["tensor"], (10, 101, 8))
    groups("2D_rdb_NA_NA.h5", (10, 101, 8, 8, 1))
    groups("2D_diff-react_NA_NA.h5", (10, 101, 8, 8, 2))
    fields("2D_CFD_Rand_M1.0_Eta0.1_Zeta0.1_periodic_128_Train.hdf5", ["density", "pressure", "Vx", "Vy"],
           (10, 21, 8, 8))
    with h5py.File(path("2D_DarcyFlow_beta0.1_Train.hdf5"), "w") as f:
        f["nu"] = ramp((10, 8, 8), "f4")
        f["tensor"] = ramp((10, 1, 8, 8), "f4", 0.5)


def openml():
    import arff

    kinds, rows = ["red", "blue", "a green"], []
    for i in range(40):
        rows.append([float(i), kinds[i % 3] if i % 5 else None, None if i == 7 else i * 0.5, "x%d" % i,
                     "good" if i % 4 else "bad"])
    rows[39][4] = None  # no label: the row goes
    table = {"relation": "mixed", "attributes": [("size", "REAL"), ("colour", kinds), ("weight", "REAL"),
                                                 ("id", "STRING"), ("grade", ["never", "good", "bad"])],
             "data": rows}
    text = arff.dumps(table).encode()
    open(path("openml-31.arff"), "wb").write(text)
    description = {"data_set_description": {"id": "31", "name": "mixed", "format": "ARFF", "licence": "Public",
                                            "file_id": "31",
                   "url": "https://www.openml.org/data/v1/download/31/mixed.arff", "default_target_attribute": "grade",
                   "row_id_attribute": "id", "md5_checksum": hashlib.md5(text).hexdigest(), "status": "active"}}
    json.dump(description, open(path("description.json"), "w"), indent=1)
    with open(path("openml-1462.csv"), "w") as f:
        f.write("a,b,gap,class\n" + "".join("%g,%g,%s,%d\n" % (i, -2 * i, "?" if i == 3 else i, 1 + i % 2)
                                            for i in range(30)))


if __name__ == "__main__":
    os.makedirs(OUT, exist_ok=True)
    for make in (cifar100, spherical, ninapro, satellite, deepsea, drug, darcy, ecg, psicov, cosmic, fsd50k, pdebench,
                 openml):
        if len(sys.argv) < 2 or make.__name__ in sys.argv[1:]:
            make()
