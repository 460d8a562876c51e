"""The notebooks of examples/ run from the first cell to the last."""

from pathlib import Path

import pytest
from run_notebook import run

NOTEBOOKS = sorted(Path(__file__).parents[2].glob("examples/python/*.ipynb"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs(notebook):
    run(notebook)
