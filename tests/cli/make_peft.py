#!/usr/bin/env python3
"""A folder of adapters for the model of make_tiny_bert.py, with the names and settings that the package peft writes,
without NumPy: make_peft.py FOLDER [KEY=JSON | type=F16|BF16|F64 | without=NAME | with=NAME | nan=NAME]..."""
import json
import os
import struct
import sys

W, BLOCKS, RANK = 16, 3, 2
MODULE = "base_model.model.encoder.layer.%d.attention.self.%s.lora_%s.weight"
config = {
    "alora_invocation_tokens": None, "alpha_pattern": {}, "arrow_config": None, "auto_mapping": None,
    "base_model_name_or_path": None, "bias": "none", "corda_config": None, "ensure_weight_tying": False,
    "eva_config": None, "exclude_modules": None, "fan_in_fan_out": False, "inference_mode": True,
    "init_lora_weights": True, "kasa_config": None, "layer_replication": None, "layers_pattern": None,
    "layers_to_transform": None, "loftq_config": {}, "lora_alpha": 6, "lora_bias": False, "lora_dropout": 0.1,
    "lora_ga_config": None, "megatron_config": None, "megatron_core": "megatron.core", "modules_to_save": None,
    "monteclora_config": None, "peft_type": "LORA", "peft_version": "0.21.2", "qalora_group_size": 16, "r": RANK,
    "rank_pattern": {}, "revision": None, "target_modules": ["value", "query"], "target_parameters": None,
    "task_type": "FEATURE_EXTRACTION", "trainable_token_indices": None, "use_bdlora": None, "use_dora": False,
    "use_qalora": False, "use_rslora": False, "velora_config": None,
}
tensors = {}
for block in range(BLOCKS):
    for which, module in enumerate(("query", "value")):
        # Eighths, which every type holds as they are.
        numbers = [((7 * i + 5 * block + 3 * which) % 11 - 5) / 8 for i in range(RANK * W)]
        tensors[MODULE % (block, module, "A")] = [[RANK, W], numbers]
        tensors[MODULE % (block, module, "B")] = [[W, RANK], numbers[::-1]]

dtype = "F32"
for edit in sys.argv[2:]:
    key, value = edit.split("=", 1)
    if key == "type":
        dtype = value
    elif key == "without":
        del tensors[value]
    elif key == "with":
        tensors[value] = tensors[MODULE % (0, "query", "A")]
    elif key == "nan":
        tensors[value][1][3] = float("nan")
    else:
        config[key] = json.loads(value)


def packed(numbers):
    if dtype == "BF16":
        return b"".join(struct.pack("<f", x)[2:] for x in numbers)
    return struct.pack("<%d%s" % (len(numbers), {"F32": "f", "F16": "e", "F64": "d"}[dtype]), *numbers)


header, data = {"__metadata__": {"format": "pt"}}, b""
for name, (shape, numbers) in sorted(tensors.items()):
    piece = packed(numbers)
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(piece)]}
    data += piece
text = json.dumps(header).encode()
os.makedirs(sys.argv[1], exist_ok=True)
with open(os.path.join(sys.argv[1], "adapter_config.json"), "w") as f:
    json.dump(config, f, indent=2)
with open(os.path.join(sys.argv[1], "adapter_model.safetensors"), "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)
