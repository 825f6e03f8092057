"""What the screen says of the star, trainings and honours on a certificate; nothing where none is."""

from collections.abc import Iterator, Mapping
from typing import Any

from ledger.times import hours_and_minutes

Words = tuple[str, str]  # English, Chinese
NONE: Mapping[str, Words] = {
    "training": ("no training is on record that could be listed", "没有可列的培训记录"),
    "honours": ("no honour is on record that could be listed", "没有可列的表彰记录"),
}


def listed(*, star: int, training: int, honours: int) -> Words:
    """Name what an issued certificate lists beside the hours: a level, and counts of rows."""
    counts = (
        (star, f"star {star}", f"{star} 星"),
        (training, f"trainings: {training}", f"培训 {training} 项"),
        (honours, f"honours: {honours}", f"表彰 {honours} 项"),
    )
    found = [(en, zh) for count, en, zh in counts if count]
    return "".join(f", {en}" for en, _ in found), "".join(f"，{zh}" for _, zh in found)


def proved(found: Mapping[str, Any]) -> Iterator[Words]:
    """Give a line for each that a verified certificate proves beside the hours."""
    if star := found["star"]:
        yield (
            f"  proved: star {star}, granted before the issue",
            f"  已证实：出具前已评为 {star} 星",
        )
    for row in found["training"]:
        time = f"{row['minutes']} min"
        said = f"{row['date']}  {row['course']}  {row['host']}"
        yield (
            f"  proved: training  {said}  {time}, in no total",
            f"  已证实：培训  {said}  {hours_and_minutes(row['minutes'])}，不计入服务时长",
        )
    for row in found["honours"]:
        said = f"{row['date']}  {row['title']}  {row['grantor']}"
        yield f"  proved: honour  {said}", f"  已证实：表彰  {said}"
