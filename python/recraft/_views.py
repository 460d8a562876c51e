"""Arrays as the library takes them: a pointer, a type, a shape and strides (recraft/array.h). No numbers are copied."""

from __future__ import annotations

import ctypes
from typing import Any, Tuple

import numpy as np
import numpy.typing as npt

from ._given import short
from ._library import VIEW_DIMS, View

Array = npt.NDArray[Any]

# In the order of RC_DTYPE_TABLE.
_DTYPES = (
    "float32",
    "float64",
    "float16",
    "bfloat16",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "bool",
)


def as_array(data: Any, name: str) -> Array:
    """`data` as a NumPy array, in the same memory where that can be. name: what messages call it.

    Taken are NumPy arrays, whatever has the array interface or the buffer protocol, frames, and tensors that speak
    DLPack (PyTorch, JAX). A tensor that NumPy cannot see, of bfloat16 or in the memory of a GPU, is copied to float32.
    """
    if hasattr(data, "detach"):  # PyTorch: a tensor that is part of a graph has no numbers of its own to give
        data = data.detach()
    array = (
        _of_tensor(data) if hasattr(data, "__dlpack__") and not isinstance(data, np.ndarray) else _of_rest(data, name)
    )
    if array.ndim == 0:
        raise ValueError(f"{name}: an array is wanted, not {short(data)}")
    return array


def _of_tensor(data: Any) -> Array:
    try:
        return np.from_dlpack(data)
    except (BufferError, RuntimeError):
        if not hasattr(data, "cpu"):
            raise
        return np.from_dlpack(data.cpu().float())


def _of_rest(data: Any, name: str) -> Array:
    try:
        return np.asarray(data)
    except (TypeError, ValueError) as error:  # rows of unequal length, for one
        raise ValueError(f"{name}: rows of unequal length or kind make no array") from error


def as_numbers(data: Any, name: str) -> Array:
    """The same; what is not of a type of numbers becomes float64."""
    array = as_array(data, name)
    if array.dtype.kind in "biufc":
        return array
    try:
        return array.astype("float64")
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: numbers are wanted: {error}") from None


def view_of(array: Array, name: str) -> View:
    """The view of an array. It is valid while the array lives."""
    if array.dtype.name not in _DTYPES:
        raise TypeError(f"{name}: elements of type {array.dtype}; numbers are wanted ({', '.join(_DTYPES)})")
    if array.ndim > VIEW_DIMS:
        raise ValueError(f"{name}: {array.ndim} dimensions; at most {VIEW_DIMS}")
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    view = View(data=array.ctypes.data, dtype=_DTYPES.index(array.dtype.name), dims=array.ndim)
    view.shape[: array.ndim] = array.shape
    view.strides[: array.ndim] = array.strides
    view.array = array  # lives as long as the view
    return view


def dtype_of(view: View) -> "np.dtype[Any]":
    """The type of a view's elements."""
    return np.dtype(_DTYPES[view.dtype])


def empty(shape: Tuple[int, ...], name: str, dtype: npt.DTypeLike = "float32") -> Tuple[Array, View]:
    """A new array for results, and its view."""
    array = np.empty(shape, dtype)
    return array, view_of(array, name)


def array_at(view: View, owner: Any) -> Array:
    """The array that a view of the library's own memory shows, in C order; owner is kept alive with it."""
    shape, dtype = tuple(view.shape[: view.dims]), dtype_of(view)
    size = int(np.prod(shape)) * dtype.itemsize
    memory: Any = (ctypes.c_char * size).from_address(view.data)
    memory.owner = owner
    array: Array = np.frombuffer(memory, dtype).reshape(shape)
    array.flags.writeable = False
    return array


def pointer(view: "View | None") -> Any:
    """What C takes for a view that may be missing."""
    return None if view is None else ctypes.pointer(view)
