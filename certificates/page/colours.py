"""What the colours mean: the profile of sRGB (IEC 61966-2-1), which PDF/A asks to be in the file."""

import struct
from functools import cache

from certificates import pdf

_NAME = "sRGB IEC61966-2.1"
# Chromatic adaptation to D50 done: the columns that every sRGB profile has (ICC.1:2001-04, 6.3.4).
_WHITE = (0.96420, 1.0, 0.82491)
_COLUMNS = {
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.71410),
}
_STEPS = 1024  # of the curve's table


@cache
def profile() -> bytes:
    """Return the profile as a stream object."""
    curve = b"curv" + struct.pack(f">LL{_STEPS}H", 0, _STEPS, *map(_curve, range(_STEPS)))
    name = _NAME.encode() + b"\0"
    described = b"desc" + struct.pack(">LL", 0, len(name)) + name + bytes(78)
    values = {
        b"desc": described,
        b"cprt": b"text" + bytes(4) + b"public domain\0",
        b"wtpt": _xyz(_WHITE),
        **{tag: _xyz(column) for tag, column in _COLUMNS.items()},
        b"rTRC": curve, b"gTRC": curve, b"bTRC": curve,
    }  # fmt: skip
    place, table, data = 128 + 4 + 12 * len(values), [], b""
    known: dict[bytes, tuple[int, int]] = {}
    for tag, value in values.items():
        if value not in known:
            known[value] = (place + len(data), len(value))
            data += value + bytes(-len(value) % 4)
        table.append(struct.pack(">4sLL", tag, *known[value]))
    body = struct.pack(">L", len(values)) + b"".join(table) + data
    head = struct.pack(
        ">L4sL4s4s4s6H4s4sL4s4sQL12s4s44x", 128 + len(body), b"", 0x02100000, b"mntr", b"RGB ", b"XYZ ",
        2026, 1, 1, 0, 0, 0, b"acsp", b"", 0, b"", b"", 0, 0, _xyz(_WHITE)[8:], b"",
    )  # fmt: skip
    return pdf.deflated(b"/N 3", head + body)


def intent(number: int) -> bytes:
    """Return the output intent (ISO 19005-3, 6.2.3) whose profile is object `number`."""
    return (
        b"<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (%s) /Info (%s)"
        b" /DestOutputProfile %d 0 R >>" % (_NAME.encode(), _NAME.encode(), number)
    )


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3l", *(round(value * 65536) for value in values))


def _curve(step: int) -> int:
    """Return the light of a step of the scale (IEC 61966-2-1, 5.2)."""
    value = step / (_STEPS - 1)
    linear = value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
    return round(linear * 65535)
