#!/usr/bin/env python3
"""A web server on loopback that serves a tiny model, and what else is put into ROOT, well or badly, by the first part
of the path.

    web.py ROOT      makes ROOT and the files in it, prints its port, serves until it is ended (at most 5 minutes)

Each request is a line of ROOT/log: MODE FILE RANGE IF-RANGE.
"""
import hashlib
import http.server
import io
import json
import os
import struct
import sys
import tarfile
import threading
import warnings
import zipfile

warnings.simplefilter("ignore")  # zipfile has something to say about a name that stands twice
ROOT = sys.argv[1]
WEIGHTS = 300_000
SEEN = {}


def safetensors(n, value):
    header = json.dumps({"w": {"dtype": "F32", "shape": [n // 4], "data_offsets": [0, n]}}).encode()
    return struct.pack("<Q", len(header)) + header + struct.pack("<f", value) * (n // 4)


def put(name, data):
    with open(os.path.join(ROOT, name), "wb") as f:
        f.write(data)


def zipped(name, entries):
    with zipfile.ZipFile(os.path.join(ROOT, name), "w", zipfile.ZIP_DEFLATED) as z:
        for path, data in entries:
            z.writestr(path, data)


def tarred(name, entries):
    """Entries: (path, bytes), or (path, bytes, tar type, link target)."""
    with tarfile.open(os.path.join(ROOT, name), "w:gz") as t:
        for path, data, *link in entries:
            info = tarfile.TarInfo(path)
            info.size = len(data)
            if link:
                info.type, info.linkname = link
            t.addfile(info, io.BytesIO(data))


def make():
    os.makedirs(os.path.join(ROOT, "folder"))
    config, weights = b'{"model_type": "bert"}', safetensors(WEIGHTS, 0.5)
    put("config.json", config)
    put("model.safetensors", weights)
    put("folder/config.json", config)
    put("folder/model.safetensors", weights)
    put("folder/notes.txt", b"not of the model")
    good = [("m/1_Pooling/config.json", b"{}"), ("m/config.json", config), ("m/model.safetensors", weights)]
    zipped("tiny-1-py3-none-any.whl", [("m/__init__.py", b"")] + good)
    tarred("good.tar.gz", [("./" + path, data) for path, data in good])
    tarred("outside.tar.gz", good + [("m/../../evil", b"x")])
    tarred("absolute.tar.gz", good + [("/tmp/evil", b"x")])
    tarred("link.tar.gz", good[:2] + [("m/model.safetensors", b"", tarfile.SYMTYPE, "/etc/hostname")])
    tarred("hard.tar.gz", good[:2] + [("m/model.safetensors", b"", tarfile.LNKTYPE, "m/config.json")])
    zipped("bomb.zip", good[:2] + [("m/model.safetensors", bytes(200 << 20))])
    zipped("two.zip", good + [("n/config.json", config), ("n/model.safetensors", weights)])
    zipped("twice.zip", [("a", b"one"), ("a", b"two")])
    zipped("none.zip", [("readme", b"nothing")])
    zipped("pickle.zip", [("m/config.json", config), ("m/pytorch_model.bin", b"\x80\x02")])
    zipped("broken_weights.zip", good[:2] + [("m/model.safetensors", weights[:-5])])
    whole = open(os.path.join(ROOT, "tiny-1-py3-none-any.whl"), "rb").read()
    put("cut.zip", whole[: len(whole) // 2])
    put("garbage.zip", hashlib.sha256(b"garbage").digest() * 300)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, code, body=b"", **headers):
        self.send_response(code)
        headers.setdefault("Content_Length", len(body))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def index(self, mode):
        link = "../../files/tiny-1-py3-none-any.whl"
        if mode == "html":
            page = '<a href="%s#sha256=00">tiny-1-py3-none-any.whl</a>' % link
            self.reply(200, page.encode(), Content_Type="text/html")
        else:
            files = [] if mode == "noindex" else [{"filename": "tiny-1-py3-none-any.whl", "url": link}]
            self.reply(200, json.dumps({"files": files}).encode())

    def whole(self, data, etag, stop=None, resumable=True):
        """As a good server does, but the connection ends after `stop` bytes of the body."""
        first, asked = 0, self.headers.get("Range")
        if resumable and asked and self.headers.get("If-Range", etag) == etag:
            first = int(asked.split("=")[1].split("-")[0])
        if first >= len(data):
            return self.reply(416)
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(data) - first))
        self.send_header("ETag", etag)
        if first:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (first, len(data) - 1, len(data)))
        self.end_headers()
        self.wfile.write(data[first:] if stop is None else data[first : first + stop])
        self.close_connection = stop is not None

    def do_GET(self):
        mode, name = self.path.split("/")[1], self.path.rstrip("/").split("/")[-1]
        with open(os.path.join(ROOT, "log"), "a") as f:
            print(mode, name, self.headers.get("Range", "-"), self.headers.get("If-Range", "-"), file=f)
        SEEN[self.path] = count = SEEN.get(self.path, 0) + 1
        if name == "tiny-package":
            return self.index(mode)
        path = os.path.join(ROOT, name)
        if mode == "missing" or not os.path.exists(path):
            return self.reply(404, b"<html>not here</html>")
        data = open(path, "rb").read()
        etag = '"%s"' % hashlib.sha256(data).hexdigest()[:16]
        third = len(data) // 3
        if mode in ("good", "html", "noindex"):
            self.whole(data, etag)
        elif mode == "breaks":
            self.whole(data, etag, third)
        elif mode == "tires":  # a twentieth each time, until asked often enough
            self.whole(data, etag, len(data) // 20 if count <= 5 else None)
        elif mode == "once":  # broken the first time
            self.whole(data, etag, third if count == 1 else None)
        elif mode == "forgets":  # the same, and knows no ranges
            self.whole(data, etag, third if count == 1 else None, resumable=False)
        elif mode == "changes":  # the same, and the file is another one then
            self.whole(data, '"%d"' % count, third if count == 1 else None)
        elif mode == "weak":  # the same, without a validator that allows ranges
            self.whole(data, 'W/"weak"', third if count == 1 else None)
        elif mode == "stuck":  # nothing at all
            self.close_connection = True
        elif mode == "otherpart":
            self.whole(data, etag, third) if count == 1 else self.reply(
                206, b"x" * 10, Content_Range="bytes 0-9/%d" % len(data))
        elif mode == "claims":  # more than it sends
            self.reply(200, data, Content_Length=len(data) + 1000)
            self.close_connection = True
        elif mode == "huge":
            self.reply(200, data, Content_Length=10**15)
            self.close_connection = True
        elif mode == "endless":
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            for _ in range(1000):
                self.wfile.write(bytes(10000))
            self.close_connection = True
        elif mode == "garbage":
            self.reply(200, b"<html>Please sign in to this network</html>")
        elif mode == "linked":
            self.reply(200, data, X_Linked_ETag='"%s"' % hashlib.sha256(data).hexdigest())
        elif mode == "mislinked":
            self.reply(200, data, X_Linked_ETag='"%s"' % hashlib.sha256(b"other").hexdigest())
        elif mode == "redirect":
            self.reply(302, Location=self.path.replace("/redirect/", "/good/"))
        elif mode == "loop":
            self.reply(302, Location=self.path)
        elif mode == "local":
            self.reply(302, Location="file:///etc/hostname")
        elif mode == "ill":
            self.reply(500, b"oops")
        elif mode == "flaky":
            self.reply(503) if count == 1 else self.whole(data, etag)
        elif mode == "private":
            self.reply(401)
        else:
            self.reply(400)

    def handle(self):
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            pass  # a client that has seen enough


make()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
end = threading.Timer(300, os._exit, [0])
end.daemon = True
end.start()
print(server.server_address[1], flush=True)
server.serve_forever()
