"""Runs the code of notebooks, cell by cell, and shows what the last line of each gives: run_notebook.py NOTEBOOK..."""

import ast
import json
import sys


def run(path):
    with open(path, encoding="utf-8") as file:
        cells = json.load(file)["cells"]
    names = {"__name__": "__main__"}
    for number, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        body = ast.parse("".join(cell["source"])).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), f"{path}[{number}]", "exec"), names)
        if last is not None:
            shown = eval(compile(ast.Expression(last.value), f"{path}[{number}]", "eval"), names)
            print(f"[{number}] {shown!r}")


if __name__ == "__main__":
    for notebook in sys.argv[1:]:
        run(notebook)
