"""What the parts of a page are: the structure tree (ISO 32000-1, 14.7) that PDF/UA and PDF/A-3a ask for.

Elements are made in reading order, and hold other elements or marked pieces of pages. The tree is
written as small objects, which an object stream packs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

Piece = tuple[int, int]  # the place of a page, and the number of a marked piece on it (MCID)


@dataclass(slots=True, eq=False)
class Element:
    """One part: what it is (`P`, `TD` …), what more is said of it, and what it is made of."""

    tag: str
    more: str = ""
    kids: "list[Element | Piece]" = field(default_factory=list)
    number: int = field(
        init=False
    )  # of its object, and of that above: given when the tree is written
    above: int = field(init=False)

    def add(self, tag: str, more: str = "") -> "Element":
        """Return a new element inside this one."""
        found = Element(tag, more)
        self.kids.append(found)
        return found


def write(
    document: Element, *, first: int, pages: Sequence[int], counts: Sequence[int], field_: int
) -> tuple[bytes, ...]:
    """Return the tree's objects, the first of them number `first`.

    `pages` are the objects of the pages, `counts` how many pieces each has; `field_` is the object
    of the signature field, which is the last part of the document and stands on the last page.
    """
    form = document.add("Form")
    elements = _flat(document)
    for number, element in enumerate(elements, start=first + 2):
        element.number = number
    parents: list[list[int]] = [[0] * count for count in counts]
    written, document.above = [], first
    for element in elements:
        for kid in element.kids:
            if type(kid) is tuple:
                parents[kid[0]][kid[1]] = element.number
            else:
                kid.above = element.number  # type: ignore[union-attr]
        inside = _kids(element, pages)
        if element is form:
            inside = f" /K << /Type /OBJR /Pg {pages[-1]} 0 R /Obj {field_} 0 R >>"
        written.append(f"<< /S /{element.tag} /P {element.above} 0 R{element.more}{inside} >>")
    rows = [
        f"{page} [{' '.join(f'{number} 0 R' for number in row)}]"
        for page, row in enumerate(parents)
    ]
    rows.append(f"{len(pages)} {form.number} 0 R")
    root = (
        f"<< /Type /StructTreeRoot /K {first + 2} 0 R /ParentTree {first + 1} 0 R"
        f" /ParentTreeNextKey {len(rows)} >>"
    )
    return tuple(each.encode() for each in (root, f"<< /Nums [{' '.join(rows)}] >>", *written))


def _kids(element: Element, pages: Sequence[int]) -> str:
    """Say what an element is made of, as short as it can be said: there are thousands."""
    kids = element.kids
    if not kids:
        return ""
    page = kids[0][0] if type(kids[0]) is tuple else -1
    for kid in kids:
        if type(kid) is not tuple or kid[0] != page:
            break
    else:
        numbered = " ".join([str(kid[1]) for kid in kids])  # type: ignore[index]
        return f" /Pg {pages[page]} 0 R /K [{numbered}]"
    found = (
        f"{kid.number} 0 R" if isinstance(kid, Element)
        else f"<< /Type /MCR /Pg {pages[kid[0]]} 0 R /MCID {kid[1]} >>"
        for kid in kids
    )  # fmt: skip
    return f" /K [{' '.join(found)}]"


def _flat(document: Element) -> list[Element]:
    """Return an element and all inside it, each before what it holds."""
    found = [document]
    for element in found:  # grows while it is walked
        found += [kid for kid in element.kids if type(kid) is Element]
    return found
