"""The structures of recraft/_library.py are as large as those of the headers whose names they have: a field that was
added to one side alone would be read from behind the other."""

import ctypes
import inspect
import subprocess
from pathlib import Path

from recraft import _library

INCLUDE = Path(__file__).parents[2] / "include"


def test_structures_are_as_large_as_in_c(tmp_path):
    ours = {
        one.__doc__.split()[0]: ctypes.sizeof(one)
        for _, one in inspect.getmembers(_library, inspect.isclass)
        if issubclass(one, ctypes.Structure) and (one.__doc__ or "").startswith("rc_")
    }
    assert len(ours) > 20
    headers = "".join(f'#include "{path}"\n' for path in sorted(INCLUDE.glob("recraft/*.h")))
    lines = "".join(f'printf("{name} %zu\\n", sizeof({name}));' for name in ours)
    source = tmp_path / "sizes.c"
    source.write_text(f"#include <stdio.h>\n{headers}int main(void) {{ {lines} }}\n")
    subprocess.run(["cc", "-I", INCLUDE, source, "-o", tmp_path / "sizes"], check=True)
    said = subprocess.run([tmp_path / "sizes"], check=True, capture_output=True, text=True).stdout
    assert ours == {name: int(size) for name, size in map(str.split, said.splitlines())}
