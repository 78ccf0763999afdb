"""Writes tensorboard.json: fixed events as TensorBoard's own writer writes them. Needs the package tensorboard."""
import base64, io, json, pathlib

import tensorboard
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import crc32c
from tensorboard.summary.writer.record_writer import RecordWriter

Value = summary_pb2.Summary.Value


def scalars(**values):
    return summary_pb2.Summary(value=[Value(tag=tag.replace("__", "/"), simple_value=value) for tag, value in values.items()])


def text(tag, markdown):
    shape = tensor_shape_pb2.TensorShapeProto(dim=[tensor_shape_pb2.TensorShapeProto.Dim(size=1)])
    return summary_pb2.Summary(
        value=[
            Value(
                tag=tag,
                metadata=summary_pb2.SummaryMetadata(plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name="text")),
                tensor=tensor_pb2.TensorProto(dtype=7, tensor_shape=shape, string_val=[markdown.encode()]),
            )
        ]
    )


events = [
    event_pb2.Event(wall_time=1767323045.25, file_version="brain.Event:2"),
    event_pb2.Event(wall_time=1767323045.5, step=9, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START)),
    event_pb2.Event(wall_time=1767323046, step=8, summary=text("run", "| | |\n| --- | --- |\n| network | ResNet-20 |")),
    event_pb2.Event(wall_time=1767323047.125, step=9, summary=scalars(step__loss=2.28125, step__accuracy=0.125)),
    event_pb2.Event(wall_time=1767323048, step=391000, summary=scalars(validation__loss=float("nan"), test__accuracy=0.0)),
]
file = io.BytesIO()
file.close = lambda: None
writer = RecordWriter(file)
for event in events:
    writer.write(event.SerializeToString())

texts = ["", "123456789", "\0" * 32, "The quick brown fox"]
out = {
    "source": f"tensorboard {tensorboard.__version__}, tensorboard.summary.writer.record_writer.RecordWriter",
    "file": base64.b64encode(file.getvalue()).decode(),
    "crc32c": {t: crc32c(t.encode()) for t in texts},
}
pathlib.Path(__file__).with_name("tensorboard.json").write_text(json.dumps(out, indent=2) + "\n")
