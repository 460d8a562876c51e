"""ONNX files by NumPy alone: enough of the format and of its operators to compute what `recraft export` writes."""

import math

import numpy


def fields(data):
    """(number, value) of each field of a message: whole numbers, or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value - (1 << 64) if value >> 63 else value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
            continue
        size = 4 if tag & 7 == 5 else varint()
        yield tag >> 3, data[at:at + size]
        at += size


def every(message, number):
    return [value for n, value in fields(message) if n == number]


def text(message, number):
    return every(message, number)[0].decode()


def tensor(message):
    dtype = {1: numpy.float32, 7: numpy.int64}[every(message, 2)[0]]
    return text(message, 8), numpy.frombuffer(every(message, 9)[0], dtype).reshape(every(message, 1))


def attribute(message):
    kind = every(message, 20)[0]
    value = {1: lambda: float(numpy.frombuffer(every(message, 2)[0], numpy.float32)[0]),
             2: lambda: every(message, 3)[0], 7: lambda: every(message, 8)}[kind]()
    return text(message, 1), value


def reshape(x, shape):
    return x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(shape)])


def softmax(x, axis):
    p = numpy.exp(x - x.max(axis, keepdims=True))
    return p / p.sum(axis, keepdims=True)


def normalise(x, gamma, beta, epsilon):
    centred = x - x.mean(-1, keepdims=True)
    return centred / numpy.sqrt((centred**2).mean(-1, keepdims=True) + epsilon) * gamma + beta


def pad(x, pads):
    n = x.ndim
    return numpy.pad(x, [(pads[i], pads[n + i]) for i in range(n)])


OPERATORS = {
    "Add": numpy.add, "Sub": numpy.subtract, "Mul": numpy.multiply, "Div": numpy.divide, "MatMul": numpy.matmul,
    "Equal": numpy.equal, "IsNaN": numpy.isnan, "Where": numpy.where, "Identity": lambda x: x, "Reshape": reshape,
    "Pad": pad, "Softmax": softmax, "LayerNormalization": normalise, "Sigmoid": lambda x: 1 / (1 + numpy.exp(-x)),
    "Erf": numpy.vectorize(math.erf, otypes=[numpy.float32]), "Transpose": lambda x, perm: x.transpose(perm),
    "Gather": lambda x, index, axis: x.take(index, axis), "CumSum": lambda x, axis: x.cumsum(int(axis)),
    "ReduceSum": lambda x, axes, keepdims: x.sum(tuple(axes), keepdims=bool(keepdims)),
    "Relu": lambda x: numpy.maximum(x, 0), "Sqrt": numpy.sqrt, "Abs": numpy.abs,
    "Floor": numpy.floor, "Greater": numpy.greater, "Max": numpy.maximum, "Min": numpy.minimum,
    "Cast": lambda x, to: x.astype({1: numpy.float32, 7: numpy.int64}[to]),
}


class Model:
    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        graph = every(data, 7)[0]
        self.notes = {text(m, 1): text(m, 2) for m in every(data, 14)}
        self.opset = every(every(data, 8)[0], 2)[0]
        self.nodes, self.constants = every(graph, 1), dict(map(tensor, every(graph, 5)))
        self.inputs, self.outputs = ([text(m, 1) for m in every(graph, n)] for n in (11, 12))

    def run(self, inputs):
        """The first output for inputs by name."""
        values = {**self.constants, **inputs}
        for node in self.nodes:
            operator, out = text(node, 4), [name.decode() for name in every(node, 2)]
            given = [values[name.decode()] for name in every(node, 1)]
            settings = dict(map(attribute, every(node, 5)))
            if operator == "Split":
                values.update(zip(out, numpy.split(given[0], len(out), settings["axis"])))
            else:
                values[out[0]] = OPERATORS[operator](*given, **settings)
        return values[self.outputs[0]]
