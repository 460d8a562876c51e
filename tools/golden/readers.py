"""Small files by the tools people use, for the readers of src/formats/: h5py, SciPy, pickle, Pillow,
soundfile, pandas, liac-arff, pyedflib, wfdb. Values follow simple rules, which the tests repeat.

    pip install numpy scipy h5py soundfile pillow pandas liac-arff pyedflib wfdb
    python tools/golden/readers.py
"""
import collections
import datetime
import io
import os
import pickle
import struct
import subprocess
import sys
import zipfile

import numpy as np

OUT = os.path.join(os.path.dirname(__file__), "..", "..", "tests", "data", "readers")


def path(name):
    return os.path.join(OUT, name)


def ramp(shape, dtype):
    """0, 1, 2 ... in row-major order."""
    return np.arange(np.prod(shape), dtype=dtype).reshape(shape)


def hdf5():
    import h5py

    with h5py.File(path("arrays.h5"), "w") as f:
        f.create_dataset("images", data=ramp((6, 3, 4, 5), "f4"), chunks=(2, 3, 4, 5), compression="gzip", shuffle=True)
        f.create_dataset("group/labels", data=np.array([0, 1, 2, 0, 1, 2], "i8"))
        f.create_dataset("big_endian", data=ramp((2, 3), ">f8"))
        f.create_dataset("half", data=ramp((4,), "f2"))
        f.create_dataset("flags", data=np.array([True, False, True]))
        f.create_dataset("words", data=["cat", "dög", ""], dtype=h5py.string_dtype())
        f.create_dataset("fixed", data=np.array([b"ab", b"cde"], "S3"))
        f.create_dataset("scalar", data=np.int16(7))
        f.create_dataset("table", data=np.zeros(3, [("a", "f4"), ("b", "i4")]))
        f.create_dataset("nothing", data=h5py.Empty("f4"))
        f.create_dataset("unwritten", shape=(1 << 20, 1 << 10), dtype="f8", chunks=(64, 64))
        f["soft"] = h5py.SoftLink("/images")
        f["elsewhere"] = h5py.ExternalLink("other.h5", "/x")
        f.create_dataset("raw", shape=(4,), dtype="f4", external=[("/etc/passwd", 0, 16)])
        layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
        layout[:] = h5py.VirtualSource("other.h5", "x", shape=(4,))
        f.create_virtual_dataset("virtual", layout)
    with h5py.File(path("scan.h5"), "w") as f:  # names and an order of dimensions of somebody's own
        number = np.arange(30)
        stack = (ramp((30, 12, 12, 3), "u4") * 7 % 97 + 100 * (number % 2)[:, None, None, None]).astype("u1")
        f.create_dataset("exp 3/ImgStack", data=stack, compression="gzip")
        f.create_dataset("exp 3/cell kind", data=np.where(number % 2, "round", "flat").astype(object),
                         dtype=h5py.string_dtype())
    with h5py.File(path("dataset.h5"), "w") as f:  # a data set as it is
        for part, n in (("train", 16), ("test", 6)):
            label = np.arange(n) % 2
            f["x_" + part] = (ramp((n, 3, 8, 8), "f4") % 11) * (1 + label[:, None, None, None])
            f["y_" + part] = label
    with h5py.File(path("grouped.h5"), "w") as g, h5py.File(path("flat.h5"), "w") as f:  # one data set of two inputs
        for part, n in (("train", 16), ("test", 6)):
            label = np.arange(n) % 2
            f["x_" + part] = g[f"x_{part}/x"] = ramp((n, 4), "f4") % 7 + label[:, None]
            f[f"x_{part}.wave"] = g[f"x_{part}/wave"] = ramp((n, 1, 16), "f4") % 5 - label[:, None, None]
            f["y_" + part] = g["y_" + part] = label
    with h5py.File(path("deep.h5"), "w", libver="latest") as f:  # groups in groups
        f.create_dataset("g/" * 40 + "x", data=ramp((2,), "f4"))
    whole = open(path("arrays.h5"), "rb").read()
    open(path("cut.h5"), "wb").write(whole[: len(whole) * 2 // 3])


def matlab73(numbers, words):
    """MATLAB 7.3 as MATLAB lays it out: 512 bytes of text, then HDF5 with axes reversed and a type name on each array
    (zero-terminated in exactly its length, which h5py's high-level calls do not write)."""
    import h5py

    def mark(dataset, name):
        kind = h5py.h5t.C_S1.copy()
        kind.set_size(len(name))
        kind.set_strpad(h5py.h5t.STR_NULLTERM)
        space = h5py.h5s.create(h5py.h5s.SCALAR)
        attribute = h5py.h5a.create(dataset.id, b"MATLAB_class", kind, space)
        attribute.write(np.array(name.encode(), "S%d" % len(name)), mtype=kind)

    def characters(group, name, text):
        d = group.create_dataset(name, data=np.array([[ord(k)] for k in text], "u2"))
        mark(d, "char")
        d.attrs.create("MATLAB_int_decode", 2, dtype="i4")
        return d

    with h5py.File(path("v73.mat"), "w", userblock_size=512, libver=("earliest", "v110")) as f:
        for name, value in numbers.items():
            mark(f.create_dataset(name, data=value.T), {"f": "double", "u": "uint8"}[value.dtype.kind])
        characters(f, "title", "one text")
        refs = f.create_group("#refs#")
        cells = [characters(refs, chr(97 + i), w).ref for i, w in enumerate(words)]
        mark(f.create_dataset("words", data=np.array([cells], h5py.ref_dtype)), "cell")
    with open(path("v73.mat"), "r+b") as f:
        text = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Thu Jan  1 00:00:00 1970 HDF5 schema 1.00 ."
        f.write(text.ljust(116) + bytes(8) + struct.pack("<H", 0x0200) + b"IM")


def mat():
    import scipy.io
    import scipy.sparse

    good = {"coeff": ramp((4, 3, 5), "f8"), "small": ramp((2, 3), "u1"), "label": np.array([[1.0], [2], [1], [2]]),
            "flag": np.array([[True, False]]), "words": np.array([["cat"], ["dog"], ["cat"], ["owl"]], object),
            "rows": np.array(["ab ", "cde"])}
    odd = {"z": np.array([1 + 2j]), "s": {"x": 1.0}, "sparse": scipy.sparse.eye(3).tocsc(),
           "mixed": np.array([[1.0, "x"]], object)}
    scipy.io.savemat(path("v5.mat"), {**good, **odd})
    scipy.io.savemat(path("v5_compressed.mat"), good, do_compression=True)
    scipy.io.savemat(path("v4.mat"), {"x": np.eye(2)}, format="4")
    matlab73({k: good[k] for k in ("coeff", "small", "label")}, ["cat", "dog", "cat", "owl"])
    whole = open(path("v5.mat"), "rb").read()
    open(path("cut.mat"), "wb").write(whole[: len(whole) - 100])


class Evil:
    def __reduce__(self):
        return os.system, ("echo executed",)


def pickles():
    value = {"train": {"images": ramp((3, 2, 4), "u1"), "labels": [3, 1, 2]},
             "fortran": np.asfortranarray(ramp((2, 3), "i4")),
             "big": ramp((3,), ">i2"), "names": ["cat", "dög"], "wide": np.array(["no", "yes!"]), "real": [0.5, 2],
             "rows": [[1, 2], [3, 4], [5, 6]], "stack": [ramp((2,), "f4") + i for i in range(3)],
             "ragged": np.array([ramp((2,), "f4"), ramp((3,), "f4")], object), "none": None, "negative": -70000,
             "long": 2**40, 5: np.float32(1.5), "ordered": collections.OrderedDict(a=ramp((2,), "f8")),
             "bytes": b"\xff\x00"}
    for protocol in range(2, 6):
        with open(path("protocol%d.pkl" % protocol), "wb") as f:
            pickle.dump(value, f, protocol=protocol)
    records = np.empty(12, object)  # as the ECG set is saved: records of their own lengths, letters for labels
    for i in range(12):
        records[i] = np.sin(np.arange(40 + 10 * i) * (0.3 if i % 2 else 0.7)).astype("f4")
    with open(path("records.pkl"), "wb") as f:
        pickle.dump({"data": records, "label": np.array(list("NA" * 6))}, f, protocol=4)
    with open(path("evil.pkl"), "wb") as f:
        pickle.dump({"x": ramp((2,), "f4"), "y": Evil()}, f, protocol=4)
    with open(path("old.pkl"), "wb") as f:
        pickle.dump([1, 2], f, protocol=0)
    whole = open(path("protocol4.pkl"), "rb").read()
    open(path("cut.pkl"), "wb").write(whole[: len(whole) // 2])
    np.save(path("object.npy"), {"data": ramp((4, 2), "f4"), "label": ramp((4,), "i8")}, allow_pickle=True)


def npz():
    np.savez(path("texts.npz"), x=ramp((3, 2), "f4"), y=np.array(["cat", "dög", "cat"]), z=np.array([b"a", b"bc"]))
    # A member that claims, and unpacks to, far more than it holds: 300 MiB of zeros.
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": (75 << 20,)})
    with zipfile.ZipFile(path("bomb.npz"), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        z.writestr("x.npy", head.getvalue() + b"\0" * (300 << 20))


def images():
    from PIL import Image

    rgb = np.zeros((6, 8, 3), "u1")
    rgb[..., 0] = np.arange(8) * 30
    rgb[..., 1] = np.arange(6)[:, None] * 40
    rgb[..., 2] = 7
    Image.fromarray(rgb).save(path("rgb.png"))
    Image.fromarray(rgb[..., 0]).save(path("gray.png"))
    Image.fromarray(rgb).quantize(64).save(path("palette.png"))
    alpha = np.concatenate([rgb, np.full((6, 8, 1), 255, "u1")], 2)
    alpha[0, 0, 3] = 0
    Image.fromarray(alpha).save(path("alpha.png"))
    Image.fromarray((np.arange(48, dtype="u2").reshape(6, 8) * 1000)).save(path("deep.png"))
    smooth = np.clip(np.add.outer(np.arange(16), np.arange(24)) * 6, 0, 255).astype("u1")
    Image.fromarray(np.stack([smooth, smooth // 2, 255 - smooth], 2)).save(path("smooth.jpg"), quality=95,
                                                                           subsampling=0)
    Image.fromarray(smooth).save(path("gray.jpg"), quality=95, progressive=True)
    decoded = np.asarray(Image.open(path("smooth.jpg"))).transpose(2, 0, 1)
    np.save(path("smooth_jpg.npy"), np.ascontiguousarray(decoded))
    png = open(path("rgb.png"), "rb").read()
    open(path("cut.png"), "wb").write(png[:-30])
    jpeg = open(path("smooth.jpg"), "rb").read()
    open(path("cut.jpg"), "wb").write(jpeg[:200])


def sounds():
    import soundfile

    t = np.arange(800) / 8000
    mono = 0.5 * np.sin(2 * np.pi * 440 * t)
    soundfile.write(path("mono.wav"), mono, 8000, subtype="PCM_16")
    soundfile.write(path("float.wav"), mono, 8000, subtype="FLOAT")
    soundfile.write(path("stereo.flac"), np.stack([mono, -0.5 * mono], 1), 8000)
    soundfile.write(path("mono.ogg"), mono, 8000)
    soundfile.write(path("empty.wav"), mono[:0], 8000)


def tables():
    import arff
    import pandas as pd

    frame = pd.DataFrame({"id": np.arange(1, 7), "length": [0.1, 1e-7, None, 123456.789, -3, 2.5],
                          "city": ["Rome, Italy", "Oslo", 'The "Hague"', "Oslo", None, "two\nlines"],
                          "label": ["a", "b", "a", "b", "a", "b"]})
    frame.to_csv(path("pandas.csv"), index=False)
    frame.to_csv(path("pandas.tsv"), index=False, sep="\t", lineterminator="\r\n")
    subprocess.run(["zstd", "-q", "-f", "-19", "--no-check", path("pandas.csv")], check=True)
    table = {"relation": "pets of 'town'", "attributes": [("weight, kg", "REAL"), ("kind", ["cat", "big dog", "it's"]),
                                                       ("legs", "INTEGER"), ("note", "STRING")],
             "data": [[4.5, "cat", 4, "calm, old"], [None, "big dog", 3, None], [2.25, "it's", 4, 'say "hi"'],
                      [1e3, None, 0, "100%"]]}
    open(path("liac.arff"), "w").write(arff.dumps(table))
    sparse = {"relation": "sparse", "attributes": [("a", "REAL"), ("b", "REAL"), ("class", ["no", "yes"])],
              "data": [{0: 1.5, 2: "yes"}, {}, {1: -2.0}]}
    open(path("sparse.arff"), "w").write(arff.dumps(sparse))


def recordings():
    """Two signals of 32 samples a second for two seconds: wave (0 to 63) and ramp; in EDF a slow one, too."""
    import pyedflib
    import wfdb

    wave, slope = np.sin(np.arange(64) / 3), np.arange(64) / 32 - 1
    for name, kind in (("signals.edf", pyedflib.FILETYPE_EDFPLUS), ("signals.bdf", pyedflib.FILETYPE_BDF)):
        w = pyedflib.EdfWriter(path(name), 3, file_type=kind)
        low, high = (-(1 << 15), (1 << 15) - 1) if name.endswith("edf") else (-(1 << 23), (1 << 23) - 1)
        for i, (label, rate, unit) in enumerate((("EEG Fpz-Cz", 32, "uV"), ("EOG", 32, "uV"), ("Temp", 1, "C"))):
            w.setSignalHeader(i, {"label": label, "dimension": unit, "sample_frequency": rate, "physical_min": -2,
                                  "physical_max": 2, "digital_min": low, "digital_max": high, "transducer": "",
                                  "prefilter": ""})
        w.setStartdatetime(datetime.datetime(2020, 1, 1))
        w.writeSamples([wave, slope, np.array([0.5, 1])])
        if name.endswith("edf"):
            w.writeAnnotation(0.5, 1, "Sleep stage W")
        w.close()
    both = np.stack([wave, slope], 1)
    gap = both.copy()
    gap[5:8, 0] = np.nan
    for fmt in ("16", "24", "32", "80", "212"):
        wfdb.wrsamp("wfdb" + fmt, fs=32, units=["mV", "mV"], sig_name=["MLII", "V5"], p_signal=gap
                    if fmt == "212" else both, fmt=[fmt, fmt],
                    comments=["Age: 40", "Dx: " + ("AF" if fmt == "16" else "N")], write_dir=OUT)


if __name__ == "__main__":
    os.makedirs(OUT, exist_ok=True)
    for make in (hdf5, mat, pickles, npz, images, sounds, tables, recordings):
        if len(sys.argv) < 2 or make.__name__ in sys.argv[1:]:
            make()
