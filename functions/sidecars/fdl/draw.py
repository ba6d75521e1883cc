"""A geometry as text: a small picture and its numbers, for people who ask first."""

from __future__ import annotations

from functions.sidecars.fdl.values import Box, Geometry, Layers

COLUMNS = 60
# A character cell is about twice as high as wide.
CELL_RATIO = 0.5
MAX_ROWS = 40


def draw(geometry: Geometry) -> str:
    """Source and output canvas, one above the other, each with its layers and numbers.

    Drawn as seen (de-squeezed), only ASCII, at most 62 columns. `#` frames the framing
    decision, `o` the protection, `:` the effective area, `+-|` the canvas; `/` is padding.
    """
    crop, landing = geometry.crop, geometry.landing
    lines = [
        *_canvas("source", geometry.source, geometry.source.canvas),
        f"  seen        {_said(crop)}",
        "",
        *_canvas("output", geometry.output, landing),
        f"  picture     {_said(landing)}",
        f"  scale       {geometry.scale[0]:.6g} x {geometry.scale[1]:.6g}"
        + (" (copied, not filtered)" if geometry.is_copy else ""),
    ]
    if any(geometry.padding):
        left, top, right, bottom = (f"{p:g}" for p in geometry.padding)
        lines.append(f"  padding     left {left}, top {top}, right {right}, bottom {bottom}")
    lines += [f"  note        {note}" for note in geometry.notes]
    return "\n".join(lines) + "\n"


def _said(box: Box) -> str:
    return f"{box.width:.8g}x{box.height:.8g} at {box.x:.8g},{box.y:.8g}"


def _canvas(name: str, layers: Layers, picture: Box) -> list[str]:
    columns = COLUMNS
    seen = layers.height / (layers.width * layers.squeeze)
    rows = max(3, round(columns * seen * CELL_RATIO))
    if rows > MAX_ROWS:
        columns, rows = max(8, round(columns * MAX_ROWS / rows)), MAX_ROWS
    grid = _Grid(layers, columns, rows)
    grid.pad_around(picture)
    grid.frame(layers.canvas, "-", "|", "+")
    drawn = (
        ("effective", layers.effective, ":"),
        ("protection", layers.protection, "o"),
        ("framing", layers.framing, "#"),
    )
    outer = layers.canvas
    for _, box, mark in drawn:
        if box:
            grid.nest(box, outer, mark)
            outer = box
    squeeze = f", squeeze {layers.squeeze:g}" if layers.squeeze != 1.0 else ""
    return [
        f"{name} {layers.width}x{layers.height}{squeeze}",
        *grid.lines(),
        *(f"{mark} {label:<11} {_said(box)}" for label, box, mark in drawn if box),
    ]


class _Grid:
    """Character cells over a canvas."""

    def __init__(self, layers: Layers, columns: int, rows: int) -> None:
        self.width, self.height = layers.width, layers.height
        self.columns, self.rows = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.spans: list[tuple[int, int, int, int]] = []

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """Column and row of a position, inside the grid."""
        column = int(x / self.width * self.columns)
        row = int(y / self.height * self.rows)
        return min(max(column, 0), self.columns - 1), min(max(row, 0), self.rows - 1)

    def span(self, box: Box) -> tuple[int, int, int, int]:
        """First and last column, first and last row."""
        left, top = self.cell(box.x, box.y)
        # The cell that holds the last bit of the box, not the one after it.
        right, bottom = self.cell(
            box.right - 0.5 * self.width / self.columns,
            box.bottom - 0.5 * self.height / self.rows,
        )
        return left, max(left, right), top, max(top, bottom)

    def nest(self, box: Box, outer: Box, mark: str) -> None:
        """The outline of a box inside another's: apart by a cell where they are apart at all."""
        left, right, top, bottom = self.span(box)
        first, last, over, under = self.spans[-1]
        left += box.x > outer.x and left <= first
        right -= box.right < outer.right and right >= last
        top += box.y > outer.y and top <= over
        bottom -= box.bottom < outer.bottom and bottom >= under
        if left < right and top < bottom:
            self.outline((left, right, top, bottom), mark, mark, mark)

    def frame(self, box: Box, horizontal: str, vertical: str, corner: str) -> None:
        """The outline of a box."""
        self.outline(self.span(box), horizontal, vertical, corner)

    def outline(
        self, span: tuple[int, int, int, int], horizontal: str, vertical: str, corner: str
    ) -> None:
        left, right, top, bottom = span
        self.spans.append(span)
        for column in range(left, right + 1):
            self.cells[top][column] = self.cells[bottom][column] = horizontal
        for row in range(top, bottom + 1):
            self.cells[row][left] = self.cells[row][right] = vertical
        for row in (top, bottom):
            self.cells[row][left] = self.cells[row][right] = corner

    def pad_around(self, box: Box) -> None:
        """Strokes wherever no picture is."""
        left, right, top, bottom = self.span(box)
        for row in range(self.rows):
            for column in range(self.columns):
                if not (left <= column <= right and top <= row <= bottom):
                    self.cells[row][column] = "/"

    def lines(self) -> list[str]:
        return [" " + "".join(row).rstrip() for row in self.cells]
