"""The commands that are tortured, and the small world that they work in. Standard library only."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
READERS = os.path.join(HERE, "..", "data", "readers")
FIT = ["--data", "data/classes", "--quiet", "--set", "fit.epochs=3", "--set", "fit.batch=12", "--set",
       "fit.warmup=0"]
NFT = FIT + ["--method", "nft"]
SMALL = ["--set", "align.epochs=1", "--set", "align.samples=6", "--set", "align.batch=6", "--set", "align.clusters=2"]
COMPARE = ["compare", "--data", "data/classes", "--method", "nft", "--seeds", "2", "--out", "compared", "--quiet",
           "--set",
           "fit.epochs=1", "--set", "fit.batch=12", "--set", "fit.warmup=0"]


class Command:
    """makes: paths that it leaves. again: what goes on after it was cut; the same command if not given."""

    def __init__(self, name, words, makes, again=None):
        self.name, self.words, self.makes = name, words, makes
        self.again = again or words


def fit(name, out, words, command="fit"):
    words = [command, "--out", out] + words
    return Command(name, words, [out], [w for w in words if w != "--resume"] + ["--resume=auto"])


def imported(name, source, *words):
    out = "made-" + name
    return Command("import " + name, ["data", "import", source, "--out", out, "--quiet", *words], [out])


COMMANDS = [
    fit("fit", "new", NFT),
    fit("fit --resume", "cut", NFT + ["--resume"]),
    imported("table", "pets.csv", "--label", "kind"),
    Command("source build", ["source", "build", "--model", "vit", "--data", "images", "--out", "vit.safetensors",
                             "--set",
                             "source.head_epochs=1", "--set", "source.recalibration_epochs=1", "--quiet"],
                             ["vit.safetensors"]),
    Command("report", ["report", "--run", "run", "--output", "report.html", "--seconds", "1000",
                       "--quiet"], ["report.html"]),
    # Those above are in the short form too.
    fit("fit recraft", "aligned", FIT + ["--method", "recraft"] + SMALL),
    fit("distill", "small", ["--teacher", "run", "--layers", "1", "--quiet", "--set", "fit.epochs=2", "--set",
                             "fit.batch=12", "--set",
                             "fit.warmup=0"], "distill"),
    fit("fit of a table", "tabled", ["--data", "pets.csv", "--label", "kind", "--method", "forest", "--quiet"]),
    imported("hdf5", "readers/dataset.h5"),
    imported("mat73", "readers/v73.mat", "--x", "coeff", "--y", "words", "--layout", "NLC"),
    imported("mat5", "readers/v5_compressed.mat", "--x", "coeff", "--y", "label"),
    imported("npz", "readers/texts.npz"),
    imported("pickle", "readers/object.npy", "--target", "numbers"),
    imported("records", "readers/records.pkl", "--length", "50", "--hop", "25"),
    imported("arff", "readers/liac.arff", "--label", "legs", "--target", "numbers"),
    imported("pictures", "photos", "--size", "8"),
    imported("sounds", "sounds", "--length", "400"),
    imported("sequences", "promoters.fasta"),
    Command("data show", ["data", "show", "data/classes"], []),
    Command("data show hdf5", ["data", "show", "readers/scan.h5"], []),
    Command("data make", ["data", "make", "darcy", "--out", "darcy", "--n-train", "4", "--n-test", "2", "--resolution",
                          "5",
                          "--quiet"], ["darcy"]),
    Command("data transform", ["data", "transform", "spherical", "--in", "images", "--out", "ball", "--set",
                               "bandwidth=4",
                               "--quiet"], ["ball"]),
    Command("source show", ["source", "show", "minilm"], []),
    Command("eval", ["eval", "--run", "run", "--quiet"], []),
    Command("predict", ["predict", "--run", "run", "--input", "data/classes/x_test.npy", "--output", "answer.npy",
                        "--quiet"],
            ["answer.npy"]),
    Command("export", ["export", "--run", "run", "--to", "npz", "--out", "run.npz", "--quiet"], ["run.npz"]),
    Command("embed", ["embed", "--model", "vit", "--input", "images/x_test.npy", "--output", "features.npy", "--quiet"],
            ["features.npy"]),
    Command("tokenize", ["tokenize", "--model", "words", "--input", "text.txt", "--output", "ids.txt", "--quiet"],
            ["ids.txt"]),
    Command("distance", ["distance", "--a", "data/table/x_train.npy", "--b", "data/table/x_test.npy"], []),
    Command("align", ["align", "--data", "data/classes", "--source", "minilm", "--resamples", "2", "--features", "16",
                      "--page",
                      "gap.html", "--quiet"], ["gap.html"]),
    Command("models get", ["models", "get", "mine", "--from", "vit"], ["home/models/mine"]),
    Command("compare --tables", COMPARE + ["--tables"], ["compared"]),
]
SHORT = 5


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def make_files(world):
    cli = os.path.join(HERE, "..", "cli")
    python = [sys.executable]
    os.makedirs(os.path.join(world, "home", "sources"))
    for script, *words in (("make_signals.py", "data"), ("make_tiny_bert.py", "home/sources/minilm.safetensors"),
                           ("make_inputs.py",),
                           ("make_model_folder.py", os.path.join(HERE, "..", "data", "vit", "vit.safetensors"), "vit")):
        subprocess.run(python + [os.path.join(cli, script), *words], cwd=world, check=True)
    os.rename(world + "/classes", world + "/images")
    for name in os.listdir(world + "/data"):
        if name not in ("classes", "table"):
            shutil.rmtree(world + "/data/" + name)
    kept = ("dataset.h5", "scan.h5", "v73.mat", "v5_compressed.mat", "texts.npz", "object.npy", "records.pkl",
            "liac.arff")
    os.makedirs(world + "/readers")
    for name in kept:
        shutil.copy(os.path.join(READERS, name), world + "/readers")
    for folder, name, count in (("photos/cats", "rgb.png", 4), ("photos/dogs", "smooth.jpg", 4),
                                ("sounds/siren", "mono.wav", 3), ("sounds/bark", "stereo.flac", 3)):
        os.makedirs(world + "/" + folder)
        for i in range(count):
            shutil.copy(os.path.join(READERS, name), world + "/%s/%d.%s" % (folder, i, name.split(".")[1]))
    write(world + "/pets.csv", "width,colour,kind\n" + "".join(
        "%s,%s,%s\n" % (i * 7 % 11 / 4, ("red", "blue")[i % 2], ("cat", "dog")[i % 3 == 0]) for i in range(24)))
    write(world + "/promoters.fasta", "".join(">s%d %s\n%s\n" % (i, ("promoter", "other")[i % 2],
                                                                 ("ACGT" * 8)[i % 4:][:24])
                                              for i in range(16)))
    os.makedirs(world + "/words")
    write(world + "/words/vocab.txt", "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "tree", "##s",
                                                 "and"]) + "\n")
    write(world + "/text.txt", "The trees and the tree\nand\u00e9 the\n")


def make_world(program, world, environment, traced):
    """The files, a finished run, a comparison, and a run that was killed after its second checkpoint."""
    shutil.rmtree(world, ignore_errors=True)
    os.makedirs(world)
    make_files(world)
    for words in (["fit", "--out", "run"] + NFT, COMPARE):
        subprocess.run([program] + words, cwd=world, env=environment, check=True, stdout=subprocess.DEVNULL)
    if not traced:
        return
    cut = [program, "fit", "--out", "cut"] + NFT
    subprocess.run(["strace", "-o", "/dev/null", "-e", "inject=rename:signal=KILL:when=4"] + cut, cwd=world,
                   env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not os.path.exists(world + "/cut/checkpoint/state.safetensors") or os.path.exists(world + "/cut/result.json"):
        sys.exit("torture: the run that should be cut is not")
