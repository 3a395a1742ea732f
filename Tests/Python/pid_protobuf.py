# The PID block of format 1 for tests, by Google's own library and the description in pid.proto.
"""Independent of the project's own encoder: protoc reads pid.proto, python3-protobuf does the rest."""

import functools
import subprocess
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

HERE = Path(__file__).resolve().parent


@functools.lru_cache
def message(name):
    """The class of a message of pid.proto."""
    with tempfile.NamedTemporaryFile() as described:
        subprocess.run(
            ["protoc", f"--proto_path={HERE}", f"--descriptor_set_out={described.name}", "pid.proto"], check=True
        )
        files = descriptor_pb2.FileDescriptorSet.FromString(Path(described.name).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(files.file[0])
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(name))


def parse(plain):
    """A Pid, or ValueError when the bytes are none or hold fields that pid.proto does not know or in another order."""
    pid = message("Pid")()
    try:
        pid.ParseFromString(plain)
    except Exception:
        raise ValueError("not a protobuf Pid") from None
    pid.DiscardUnknownFields()
    if pid.SerializeToString(deterministic=True) != plain:
        raise ValueError("not the one spelling of a protobuf Pid")
    return pid
