"""Small ND2 files in the layout of version 2.1, as the package nd2 reads it; nothing free writes them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

MAGIC = 0x0ABECEDA
HEADER = struct.Struct("<IIQ")
MAP, END = b"ND2 FILEMAP SIGNATURE NAME 0001!", b"ND2 CHUNK MAP SIGNATURE 0000001!"
KINDS = {bool: "bool", int: "lx_uint32", float: "double", str: "CLxStringW"}
FIRST = "i0000000000"


def element(value: Any, name: str) -> str:
    """A value, or a mapping of them, as the XML of these files."""
    if isinstance(value, dict):
        inner = "".join(element(v, n) for n, v in value.items())
        return f'<{name} runtype="CLxListVariant">{inner}</{name}>'
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f'<{name} runtype="{KINDS[type(value)]}" value="{text}"/>'


def loops(counts: tuple[int, int, int], step: float) -> dict[str, Any]:
    """Time, within it positions, within them depth."""
    t, p, z = counts
    depth = {"uiCount": z, "dZStep": step, "bAbsolute": False, "dZLow": 0.0, "dZHigh": step * (z - 1)}
    points = {f"i{i:010}": {"dPosX": 10.0 * i, "dPosY": 0.0, "dPosZ": 0.0} for i in range(p)}
    position = {"uiCount": p, "Points": points}
    time = {"uiCount": t, "dStart": 0.0, "dPeriod": 100.0, "dDuration": 100.0 * t}
    inner = {"eType": 2, "uLoopPars": position, "ppNextLevelEx": {FIRST: {"eType": 4, "uLoopPars": depth}}}
    return {"eType": 1, "uLoopPars": time, "ppNextLevelEx": {FIRST: inner}}


def write_nd2(path: Path, pixels: np.ndarray, pixel: float, step: float, calibrated: bool = True) -> None:
    """Write pixels of uint16 and shape (t, position, z, c, y, x), with sizes in micrometer."""
    *counts, c, height, width = pixels.shape
    planes = {
        f"a{i}": {"uiCompCount": 1, "uiSampleIndex": i, "pFluorescentProbe": {"m_sName": "none"}}
        for i in range(c)
    }
    size = {"uiWidth": width, "uiHeight": height, "uiWidthBytes": 2 * width * c, "uiComp": c}
    documents = {
        "ImageAttributes!": size
        | {"uiBpcInMemory": 16, "uiBpcSignificant": 16, "uiSequenceCount": int(np.prod(counts))},
        "ImageMetadataSeq|0!": {
            "dCalibration": pixel,
            "bCalibrated": calibrated,
            "sPicturePlanes": {"uiCount": c, "uiCompCount": c, "sPlaneNew": planes},
        },
        "ImageMetadata!": loops((counts[0], counts[1], counts[2]), step),
        "ImageTextInfo!": {"TextInfoItem_5": "none"},
    }
    places = b""
    with path.open("wb") as file:

        def chunk(name: bytes, data: bytes, room: int) -> None:
            file.write(HEADER.pack(MAGIC, room, len(data)) + name.ljust(room, b"\0") + data)

        chunk(b"ND2 FILE SIGNATURE CHUNK NAME01!", b"Ver2.1".ljust(64, b"\0"), 32)
        parts = [
            (name, f'<variant version="1.0">{element(d, "no_name")}</variant>'.encode(), len(name) + 20)
            for name, d in documents.items()
        ]
        for i, frame in enumerate(pixels.reshape(-1, c, height, width)):
            samples = np.moveaxis(frame, 0, -1).astype("<u2").tobytes()
            parts.append((f"ImageDataSeq|{i}!", struct.pack("<d", 100.0 * i) + samples, 4072))
        for name, data, room in parts:
            places += name.encode() + struct.pack("<QQ", file.tell(), len(data))
            chunk(name.encode(), data, room)
        start = struct.pack("<Q", file.tell())
        chunk(MAP, places + END + start, len(MAP))
