"""`recraft export`: what other programs compute of the exported models is what recraft predicts."""

import json
import os
import subprocess
import sys

import numpy
import onnx_numpy
import pytest

try:
    import onnxruntime
except ImportError:  # Debian has none
    onnxruntime = None

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, "..", "..", "tests")
RECRAFT = os.environ["RECRAFT_PROGRAM"]
WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] the cat dog saw a man in paris london . ? who what is on at of to".split()
FOLDERS = ["bert/bert", "bert/distilbert", "vit/vit", "vit/deit", "vit/dinov2", "vit/dinov2_swiglu", "series/moment",
           "series/bolt", "series/chronos"]


@pytest.mark.skipif(not onnxruntime, reason="onnxruntime is not there; NumPy computes the models alone")
def test_onnxruntime_is_asked_too():
    assert onnxruntime


def python(script, *words):
    subprocess.run([sys.executable, os.path.join(TESTS, "cli", script), *words], check=True, stdout=subprocess.DEVNULL)


def recraft(*words):
    run = subprocess.run([RECRAFT, *words, "--quiet"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def write_grey():
    os.makedirs("grey")
    for name in os.listdir("classes"):
        array = numpy.load("classes/" + name)
        numpy.save("grey/" + name, array[:, :1] if name.startswith("x") else array)


def write_texts():
    os.makedirs("texts"), os.makedirs("words")
    for part in ("train", "test"):
        with open("texts/%s.csv" % part, "w") as file:
            file.write("text,label\n" + 'the cat saw a man.,yes\nwho is in paris?,"no, sir"\nwhat?,yes\n' * 4)
        with open("words/%s.conll" % part, "w") as file:
            file.write("the O\ncat O\nparis LOC\n\nwho O\n\n" * 4)


def make_room():
    """Tiny sources of every family, and data of every form, in the working folder."""
    python("make_signals.py", "data")
    python("make_inputs.py")
    python("make_tiny_bert.py", "bert.safetensors")
    python("make_tiny_bert.py", "roberta.safetensors", "roberta")
    for name in FOLDERS:
        python("make_model_folder.py", os.path.join(TESTS, "data", name + ".safetensors"), os.path.basename(name))
    for name, words in (("bert", WORDS), ("distilbert", WORDS[:21])):
        with open(name + "/vocab.txt", "w") as file:
            file.write("\n".join(words) + "\n")
    write_grey()
    write_texts()


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("export"))
    make_room()
    yield
    os.chdir(before)


def source(name):
    """The bundle of a family; one that is not there yet is built of its folder."""
    bundle = name + ".safetensors"
    if name != "swin-mini" and not os.path.exists(bundle):
        data = {"texts": "texts", "distilbert": "texts", "dinov2_swiglu": "grey", "moment": "data/classes",
                "bolt": "data/classes", "chronos": "data/classes"}.get(name, "classes")
        recraft("source", "build", "--model", "bert" if name == "texts" else name, "--data", data, "--out", bundle,
                "--set", "source.head_epochs=1", "--set", "source.recalibration_epochs=1")
    return name if name == "swin-mini" else bundle


def fit(name, data, *settings):
    run = "-".join([name, os.path.basename(data), *settings]).replace("/", "")
    if os.path.exists(run):
        return run
    usual = ["fit.epochs=1", "fit.opponents=no", "fit.head_start=seed", "fit.lr=1e-4", "fit.train=head"]
    recraft("fit", "--data", data, "--source", source(name), "--method", "nft", "--out", run,
            *[word for s in [*usual, *settings] for word in ("--set", s)])
    return run


def answers(path, inputs):
    yield onnx_numpy.Model(path).run(inputs)
    if onnxruntime:
        yield onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, inputs)[0]


def check(path, inputs, expected):
    for n in (len(expected), 1):
        for answer in answers(path, {name: x[:n] for name, x in inputs.items()}):
            assert answer.shape == expected[:n].shape
            difference = numpy.abs(answer - expected[:n]).max()
            print("%s: %d samples, difference %.1e" % (path, n, difference))
            assert difference <= 1e-5 * max(1.0, numpy.abs(expected).max())


ARRAYS = [
    ("swin-mini", "data/image", "model.image_size=16"),
    ("swin-mini", "classes", "model.head=mean", "fit.turn=true", "model.image_size=8"),
    ("swin-mini", "data/picture", "model.dense=linear", "model.image_size=8"),
    ("swin-mini", "data/prime", "model.head=attention", "model.image_size=12"),
    ("bert", "data/classes", "model.channels=apart"),
    ("bert", "data/labels", "model.head=mean", "model.window=3"),
    ("bert", "data/amounts", "model.head=attention"),
    ("bert", "data/field"),
    ("bert", "data/fields", "model.dense=linear"),
    ("bert", "data/field", "model.dense=average", "fit.train=all"),
    ("roberta", "data/table"),
    ("roberta", "data/table", "model.table=pieces", "model.head=cls"),
    ("roberta", "data/prime", "model.tokens=10"),
    ("bert", "data/image"),
    ("vit", "classes", "model.head=cls"),
    ("deit", "classes"),
    ("dinov2", "classes", "model.image_size=16"),
    ("dinov2_swiglu", "grey", "model.head=mean"),
    ("moment", "data/classes"),
    ("moment", "data/classes", "model.channels=joint"),
    ("bolt", "data/classes"),
    ("chronos", "data/classes", "model.head=mean"),
]


@pytest.mark.parametrize("case", ARRAYS, ids=" ".join)
def test_onnx_of_arrays(room, case):
    name, data, *settings = case
    run = fit(name, data, *settings)
    recraft("export", "--run", run, "--to", "onnx", "--out", run + ".onnx")
    recraft("predict", "--run", run, "--input", data + "/x_test.npy", "--output", "p.npy")
    x = numpy.load(data + "/x_test.npy")[:3].astype(numpy.float32)
    check(run + ".onnx", {"x": x}, numpy.load("p.npy")[:3])


def test_onnx_of_missing_numbers(room):
    run = fit("bert", "data/table", "data.missing=mean")
    x = numpy.load("data/table/x_test.npy")[:3]
    x[1, 2] = numpy.nan
    numpy.save("missing.npy", x)
    recraft("export", "--run", run, "--to", "onnx", "--out", "missing.onnx")
    recraft("predict", "--run", run, "--input", "missing.npy", "--output", "p.npy")
    check("missing.onnx", {"x": x}, numpy.load("p.npy"))


@pytest.mark.parametrize("head", ["mean", "cls"])
def test_onnx_of_texts(room, head):
    run = fit("texts", "texts", "model.head=" + head)
    texts = ["the cat saw a man.", "who?", "what is on the dog"]
    with open("t.txt", "w") as file:
        file.write("\n".join(texts) + "\n")
    recraft("predict", "--run", run, "--input", "t.txt", "--output", "p.npy")
    recraft("tokenize", "--model", "bert", "--input", "t.txt", "--output", "ids.txt")
    rows = [[int(i) for i in line.split()] for line in open("ids.txt")]
    ids = numpy.array([row + [0] * (max(map(len, rows)) - len(row)) for row in rows])
    recraft("export", "--run", run, "--to", "onnx", "--out", run + ".onnx")
    inputs = {"input_ids": ids, "attention_mask": (ids > 0).astype(numpy.int64)}
    check(run + ".onnx", inputs, numpy.load("p.npy"))
    assert json.loads(onnx_numpy.Model(run + ".onnx").notes["classes"]) == ["no, sir", "yes"]


def test_onnx_of_words(room):
    run = fit("texts", "words")
    recraft("export", "--run", run, "--to", "onnx", "--out", "words.onnx")
    ids = numpy.array([[2, 5, 6, 12, 3]])
    for answer in answers("words.onnx", {"input_ids": ids, "attention_mask": ids ** 0}):
        assert answer.shape == (1, 5, 2) and numpy.allclose(answer.sum(-1), 1)


def tensors(path):
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        data = file.read()
    assert header.pop("__metadata__")["format"] == "pt"
    return {name: numpy.frombuffer(data[e["data_offsets"][0]:e["data_offsets"][1]], "<f4").reshape(e["shape"])
            for name, e in header.items()}


def layer(w, name, x):
    return x @ w[name + ".weight"].T + w[name + ".bias"]


# What the classes of transformers make of the last hidden state.
CLASSES = {
    "SwinForImageClassification": lambda w, h: layer(w, "classifier", h.mean(1)),
    "ViTForImageClassification": lambda w, h: layer(w, "classifier", h[:, 0]),
    "DeiTForImageClassification": lambda w, h: layer(w, "classifier", h[:, 0]),
    "Dinov2ForImageClassification": lambda w, h: layer(
        w, "classifier", numpy.concatenate([h[:, 0], h[:, 1:].mean(1)], axis=1)),
    "BertForSequenceClassification": lambda w, h: layer(
        w, "classifier", numpy.tanh(layer(w, "bert.pooler.dense", h[:, 0]))),
    "RobertaForSequenceClassification": lambda w, h: layer(
        w, "classifier.out_proj", numpy.tanh(layer(w, "classifier.dense", h[:, 0]))),
    "DistilBertForSequenceClassification": lambda w, h: layer(
        w, "classifier", numpy.maximum(layer(w, "pre_classifier", h[:, 0]), 0)),
}


def answer_of(folder, given, *pool):
    """What the class that the folder names answers: its body is computed by recraft, as a model of its own."""
    with open(folder + "/config.json") as file:
        config = json.load(file)
    recraft("embed", "--model", folder, "--input", given, "--output", "h.npy", "--pool", *pool)
    h = numpy.load("h.npy")
    logits = CLASSES[config["architectures"][0]](
        tensors(folder + "/model.safetensors"), h if h.ndim == 3 else h[:, None]
    )
    return logits, config


def photos(name):
    """Images as large as a model of the family takes them."""
    size, channels = 32, 3
    if name != "swin-mini":
        with open(name + "/config.json") as file:
            config = json.load(file)
        size, channels = config["image_size"], config["num_channels"]
    folder, random = "photos-" + name, numpy.random.default_rng(0)
    if not os.path.exists(folder):
        os.makedirs(folder)
        for part, n in (("train", 16), ("test", 3)):
            numpy.save(f"{folder}/y_{part}.npy", numpy.arange(n) % 3)
            numpy.save(f"{folder}/x_{part}.npy", random.integers(0, 256, (n, channels, size, size), numpy.uint8))
    return folder


IMAGES = [("swin-mini", "mean"), ("vit", "cls"), ("deit", "cls"), ("dinov2", "cls"), ("dinov2", "mean"),
          ("dinov2_swiglu", "mean")]


@pytest.mark.parametrize("name, head", IMAGES)
def test_hf_of_images(room, name, head):
    data = photos(name)
    run = fit(name, data, "model.head=" + head)
    recraft("export", "--run", run, "--to", "hf", "--out", run + "-hf")
    recraft("predict", "--run", run, "--input", data + "/x_test.npy", "--output", "p.npy")
    with open(run + "-hf/preprocessor_config.json") as file:
        processor = json.load(file)
    assert processor["do_normalize"] and not processor["do_rescale"]
    mean, std = (numpy.array(processor[k], numpy.float32)[:, None, None] for k in ("image_mean", "image_std"))
    numpy.save("given.npy", (numpy.load(data + "/x_test.npy") - mean) / std)
    logits, config = answer_of(run + "-hf", "given.npy", "none")
    assert config["problem_type"] == "single_label_classification" and config["id2label"] == {
        "0": "0",
        "1": "1",
        "2": "2",
    }
    assert numpy.abs(onnx_numpy.softmax(logits, 1) - numpy.load("p.npy")).max() < 1e-5


@pytest.mark.parametrize("name", ["texts", "distilbert"])
def test_hf_of_texts(room, name):
    run = fit(name, "texts", "model.head=cls")
    recraft("export", "--run", run, "--to", "hf", "--out", run + "-hf")
    recraft("predict", "--run", run, "--input", "texts/test.csv", "--output", "p.npy")
    logits, config = answer_of(run + "-hf", "texts/test.csv", "cls")
    assert config["id2label"] == {"0": "no, sir", "1": "yes"}
    assert numpy.abs(onnx_numpy.softmax(logits, 1) - numpy.load("p.npy")).max() < 1e-5
    recraft("source", "build", "--model", run + "-hf", "--data", "texts", "--out", run + ".bundle.safetensors",
            "--set", "source.head_epochs=1", "--set", "source.recalibration_epochs=1")


def test_hf_of_words(room):
    run = fit("texts", "words", "fit.lr=1e-3")
    recraft("export", "--run", run, "--to", "hf", "--out", run + "-hf")
    weights, model = tensors(run + "-hf/model.safetensors"), onnx_numpy.Model
    recraft("export", "--run", run, "--to", "onnx", "--out", run + ".onnx")
    constants = model(run + ".onnx").constants
    assert numpy.array_equal(weights["classifier.weight"], constants["classifier.weight.T"].T)


def test_peft_is_what_was_merged(room):
    run = fit("bert", "data/classes", "fit.train=lora", "fit.lora_rank=2", "fit.lora_targets=query,down")
    recraft("export", "--run", run, "--to", "peft", "--out", run + "-peft")
    with open(run + "-peft/adapter_config.json") as file:
        config = json.load(file)
    assert config["peft_type"] == "LORA" and config["r"] == 2 and config["lora_alpha"] == 16
    assert config["base_model_name_or_path"] == "bert.safetensors"
    adapters = tensors(run + "-peft/adapter_model.safetensors")
    assert len(adapters) == 2 * len(config["target_modules"]) == 12
    recraft("export", "--run", run, "--to", "npz", "--out", run + ".npz")
    merged = numpy.load(run + ".npz")
    with open("bert.safetensors", "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header, data = json.loads(file.read(size)), file.read()
    for module in config["target_modules"]:
        first, last = header["bert.%s.weight" % module]["data_offsets"]
        a, b = (adapters["base_model.model.%s.lora_%s.weight" % (module, part)] for part in "AB")
        base = numpy.frombuffer(data[first:last], "<f4").reshape(len(b), -1)
        assert numpy.allclose(base + 16 / 2 * b @ a, merged["bert.%s.weight" % module], atol=1e-6)
