"""NumPy's .npy files, by the standard library alone."""
import ast
import struct

CODE = {"<i8": "q", "<i4": "i", "<i2": "h", "|i1": "b", "|u1": "B", "<f4": "f"}


def write(path, descr, shape, values):
    text = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, tuple(shape))
    header = text.encode() + b" " * (-(11 + len(text)) % 64) + b"\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
        file.write(struct.pack("<%d%s" % (len(values), CODE[descr]), *values))


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    begin = 10 + struct.unpack("<H", data[8:10])[0]
    head = ast.literal_eval(data[10:begin].decode())
    code = CODE[head["descr"]]
    return head["shape"], list(struct.unpack("<%d%s" % ((len(data) - begin) // struct.calcsize(code), code),
                                             data[begin:]))
