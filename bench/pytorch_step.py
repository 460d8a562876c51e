#!/usr/bin/env python3
"""The fine-tuning step of `recraft bench` beside the same step in PyTorch, eager, float32.

  bench/pytorch_step.py --recraft PROGRAM --python PYTHON [--python PYTHON ...] [--case NAME ...] [--steps N]

Each PYTHON is an interpreter that has torch and transformers; give several to compare with several versions.
For every case the programs run one after the other, each in a process of its own, on all cores: forward
(transformers' model of random weights with a linear head), cross-entropy, backward, AdamW. Printed: median
seconds of a step, peak memory of the process, and the ratios. With --inner the script is the PyTorch side, which
takes several cases; on --device cuda each is CASE,BATCH,PRECISION,eager or ...,compiled (scripts/gpu-check).
"""
import argparse
import json
import os
import subprocess
import sys

CASES = {  # name: (model of `recraft bench`, its option, value)
    "roberta-base-128": ("roberta-base", "--tokens", 128),
    "roberta-base-512": ("roberta-base", "--tokens", 512),
    "vit-base-224": ("vit-base", "--image", 224),
    "swin-base-224": ("swin-base", "--image", 224),
}
BATCH, CLASSES = 4, 10


def make_model(name):
    import transformers as t
    settings = dict(num_labels=CLASSES, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    if name == "roberta-base":
        config = t.RobertaConfig(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1,
                                 layer_norm_eps=1e-5, **settings)
        return t.RobertaForSequenceClassification(config)
    if name == "vit-base":
        return t.ViTForImageClassification(t.ViTConfig(**settings))
    config = t.SwinConfig(embed_dim=128, depths=[2, 2, 18, 2], num_heads=[4, 8, 16, 32], drop_path_rate=0.0,
                          **settings)
    return t.SwinForImageClassification(config)


def inner(case, steps, batch, device, precision, compiled):
    import contextlib
    import resource
    import time

    import torch
    torch.manual_seed(0)
    torch.set_num_threads(os.cpu_count())
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    on_card = device == "cuda"
    name, _, size = CASES[case]
    model = make_model(name).to(device)
    model.train()
    options = dict(lr=1e-4, weight_decay=0.01)
    try:  # the fastest optimizer that this version has
        optimizer = torch.optim.AdamW(model.parameters(), fused=True, **options)
    except (RuntimeError, TypeError):
        optimizer = torch.optim.AdamW(model.parameters(), **options)
    if name == "roberta-base":
        x = dict(input_ids=torch.randint(5, 50265, (batch, size), device=device))
    else:
        x = dict(pixel_values=torch.rand(batch, 3, size, size, device=device) * 2 - 1)
    label = torch.arange(batch, device=device) % CLASSES
    forward = torch.compile(model) if compiled else model
    rounded = torch.autocast(device, torch.bfloat16) if precision == "bf16" else contextlib.nullcontext()
    seconds = []
    for i in range(steps + 2):
        started = time.perf_counter()
        with rounded:
            loss = torch.nn.functional.cross_entropy(forward(**x).logits, label)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if on_card:
            torch.cuda.synchronize()
        if i >= 2:
            seconds.append(time.perf_counter() - started)
    result = dict(name="PyTorch " + torch.__version__.split("+")[0], seconds=sorted(seconds)[steps // 2],
                  peak_rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)
    if on_card:
        result["peak_device_mb"] = torch.cuda.max_memory_allocated() / 1e6
    return result


def inner_on_card(words, steps):
    """One of several cases in a process: a line whatever comes, and nothing of the one before."""
    import gc

    import torch
    case, batch, precision, way = words.split(",")
    gc.collect()
    torch.compiler.reset()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    try:
        result = inner(case, steps, int(batch), "cuda", precision, way == "compiled")
    except Exception as e:  # of its memory, of its compiler: the next case may do
        result = {"failed": (str(e).splitlines() or [type(e).__name__])[0]}
    print(json.dumps({"case": words, **result}), flush=True)


def run(command):
    # OPENBLAS_*: some machines pin OpenBLAS to a slower kernel; the peer gets its own choice.
    hidden = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    environment = {"GOMP_SPINCOUNT": "1000"}  # the same for all: how long idle threads spin on shared cores
    environment.update((k, v) for k, v in os.environ.items() if k not in hidden)
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout[done.stdout.index("{"):])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recraft", default="recraft")
    parser.add_argument("--python", action="append", default=[])
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--inner", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help=argparse.SUPPRESS)
    a = parser.parse_args()
    for words in a.inner or []:
        if a.device == "cuda":
            inner_on_card(words, a.steps)
        else:
            print(json.dumps(inner(words, a.steps, BATCH, "cpu", "f32", False)))
    if a.inner:
        return
    print("| step, batch %d | program | seconds | GFLOP/s of sgemm's | MB | times faster | of the memory |" % BATCH)
    print("|---|---|---|---|---|---|---|")
    for case in a.case or CASES:
        model, option, size = CASES[case]
        ours = run([a.recraft, "bench", "--model", model, "--batch", str(BATCH), option, str(size), "--steps",
                    str(a.steps), "--json", "--quiet"])
        print("| %s | recraft | %.3f | %.0f of %.0f (%.2f) | %.0f | | |" %
              (case, ours["seconds"], ours["gflops"], ours["peak_gflops"], ours["ratio"], ours["peak_rss_mb"]),
              flush=True)
        for python in a.python or [sys.executable]:
            peer = run([python, __file__, "--inner", case, "--steps", str(a.steps)])
            print("| | %s | %.3f | | %.0f | %.2f | %.2f |" %
                  (peer["name"], peer["seconds"], peer["peak_rss_mb"], peer["seconds"] / ours["seconds"],
                   ours["peak_rss_mb"] / peer["peak_rss_mb"]), flush=True)


if __name__ == "__main__":
    main()
