#!/usr/bin/env python3
"""Draws the documents' diagrams: each for a light and for a dark page.

Usage: draw_diagrams.py folder            writes <name>_<theme>.svg there
       draw_diagrams.py --check folder    fails if what is there differs

A diagram is a function below that returns a Drawing. It names colours by their
role; a theme says what they are.
"""

import html
import pathlib
import sys

THEMES = {
    "light": {
        "page": "#ffffff",
        "ink": "#1f2328",
        "muted": "#59636e",
        "line": "#8c959f",
        "panel": "#f6f8fa",
        "ada": "#0969da",
        "ada fill": "#ddf4ff",
        "bob": "#bc4c00",
        "bob fill": "#fff1e5",
        "good": "#1a7f37",
        "good fill": "#dafbe1",
        "plain": "#8c959f",
        "plain fill": "#f6f8fa",
    },
    "dark": {
        "page": "#0d1117",
        "ink": "#e6edf3",
        "muted": "#9198a1",
        "line": "#6e7681",
        "panel": "#151b23",
        "ada": "#4493f8",
        "ada fill": "#10233d",
        "bob": "#e0823d",
        "bob fill": "#33200f",
        "good": "#3fb950",
        "good fill": "#12301c",
        "plain": "#6e7681",
        "plain fill": "#1c232c",
    },
}
SANS = "ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"
MONO = "ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace"
LINE_HEIGHT = 18


class Drawing:
    """Shapes and texts, whose colours are roles until they are rendered."""

    def __init__(self, width, height, title):
        self.width, self.height, self.title = width, height, title
        self.shapes = []  # functions of a theme

    def add(self, shape):
        self.shapes.append(shape)

    def text(self, x, y, text, role="ink", size=13, anchor="start", style=""):
        """A line of text with its base at y; what is in backquotes is code."""
        parts = html.escape(text, quote=False).split("`")
        spans = "".join(
            f'<tspan font-family="{MONO}" font-size="{size - 1}">{part}</tspan>'
            if odd % 2
            else part
            for odd, part in enumerate(parts)
        )
        self.add(
            lambda theme: f'<text x="{x}" y="{y}" fill="{theme[role]}" '
            f'font-size="{size}" text-anchor="{anchor}"{style}>{spans}</text>'
        )

    def title_text(self, x, y, text):
        self.text(x, y, text, size=14, style=' font-weight="600"')

    def box(self, x, y, width, height, lines, role="plain", dashed=False, size=13):
        """A box with lines of text in its middle."""
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.add(
            lambda theme: f'<rect x="{x}" y="{y}" width="{width}" '
            f'height="{height}" rx="6" fill="{theme[role + " fill"]}" '
            f'stroke="{theme[role]}" stroke-width="1.5"{dash}/>'
        )
        first = y + height / 2 - (len(lines) - 1) * LINE_HEIGHT / 2 + 4.5
        for number, line in enumerate(lines):
            self.text(
                x + width / 2,
                first + number * LINE_HEIGHT,
                line,
                size=size,
                anchor="middle",
            )

    def band(self, y, height, label):
        """A thread: a band across the drawing."""
        self.add(
            lambda theme: f'<rect x="0" y="{y}" width="{self.width}" '
            f'height="{height}" fill="{theme["panel"]}"/>'
        )
        self.text(14, y + height / 2 + 4.5, label, role="muted")

    def line(self, points, role="line", dashed=False):
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        path = " ".join(f"{x},{y}" for x, y in points)
        self.add(
            lambda theme: f'<polyline points="{path}" fill="none" '
            f'stroke="{theme[role]}" stroke-width="1.5"{dash}/>'
        )

    def arrow(self, points, role="line", dashed=False):
        """A line with a head at its end; its last part is straight or level."""
        (x1, y1), (x2, y2) = points[-2:]
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        dx, dy = (x2 - x1) / length, (y2 - y1) / length
        base_x, base_y = x2 - 8 * dx, y2 - 8 * dy
        corners = [
            (x2, y2),
            (base_x - 4 * dy, base_y + 4 * dx),
            (base_x + 4 * dy, base_y - 4 * dx),
        ]
        self.line([*points[:-1], (round(base_x, 1), round(base_y, 1))], role, dashed)
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        self.add(lambda theme: f'<polygon points="{path}" fill="{theme[role]}"/>')

    def render(self, theme):
        """Returns the drawing as the text of an SVG file."""
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" '
                f'height="{self.height}" viewBox="0 0 {self.width} {self.height}" '
                f'font-family="{SANS}" role="img">',
                f"<title>{html.escape(self.title)}</title>",
                f'<rect width="{self.width}" height="{self.height}" '
                f'fill="{theme["page"]}"/>',
                *(shape(theme) for shape in self.shapes),
                "</svg>",
                "",
            ]
        )


def flow():
    drawing = Drawing(
        800, 262, "Two requests cross three threads; each keeps its own value"
    )
    rows = {"main thread": 14, "worker 0": 84, "worker 1": 154}
    for label, y in rows.items():
        drawing.band(y, 58, label)
    bars = {}
    for name, who, row, x, width, text in [
        ("run ada", "ada", "main thread", 120, 126, "`Run(ada)`"),
        ("run bob", "bob", "main thread", 262, 126, "`Run(bob)`"),
        ("parse ada", "ada", "worker 0", 200, 126, "parse: ada"),
        ("parse bob", "bob", "worker 1", 342, 126, "parse: bob"),
        ("load ada", "ada", "worker 1", 484, 126, "load: ada"),
        ("load bob", "bob", "worker 0", 484, 126, "load: bob"),
        ("reply ada", "ada", "worker 0", 650, 126, "reply: ada"),
        ("reply bob", "bob", "worker 1", 650, 126, "reply: bob"),
    ]:
        y = rows[row] + 11
        bars[name] = (x, y)
        drawing.box(x, y, width, 36, [text], who)
    for who, start, end, leave in [
        ("ada", "run ada", "parse ada", 98),
        ("bob", "run bob", "parse bob", 98),
        ("ada", "parse ada", "load ada", 96),
        ("bob", "parse bob", "load bob", 96),
        ("ada", "load ada", "reply ada", 96),
        ("bob", "load bob", "reply bob", 96),
    ]:
        x1, y1 = bars[start]
        x2, y2 = bars[end]
        from_y, to_y = (y1 + 36, y2) if y2 > y1 else (y1, y2 + 36)
        drawing.arrow([(x1 + leave, from_y), (x2 + 18, to_y)], who)
    drawing.text(
        14,
        242,
        "time goes to the right; an arrow is a submission; `GetStore()` in a box "
        "returns the name that stands in it",
        role="muted",
    )
    return drawing


def task_way():
    drawing = Drawing(800, 336, "The way of a task, from its submission to its end")
    drawing.band(14, 112, "")
    drawing.band(196, 112, "")
    drawing.text(14, 34, "submitting thread", role="muted")
    drawing.text(14, 216, "worker", role="muted")
    drawing.box(30, 46, 130, 64, ["`Submit(fn)`"], "ada")
    drawing.box(200, 46, 170, 64, ["captures the frame,", "gives an id"], "ada")
    drawing.box(410, 46, 150, 64, ["accepts the task,", "or throws"], "ada")
    drawing.box(640, 131, 140, 60, ["queue"], "plain")
    drawing.arrow([(160, 78), (200, 78)])
    drawing.arrow([(370, 78), (410, 78)])
    drawing.arrow([(560, 78), (710, 78), (710, 131)])
    for x, event in [(594, "init"), (666, "enqueue")]:
        drawing.text(x, 54, f"`{event}`", role="good", anchor="middle")
        drawing.line([(x, 60), (x, 75)], "good", dashed=True)
    drawing.box(640, 228, 140, 64, ["takes it: own,", "inbox, stolen"], "plain")
    drawing.arrow([(710, 191), (710, 228)])
    drawing.box(470, 228, 136, 64, ["installs its", "frame and id"], "ada")
    drawing.box(318, 228, 118, 64, ["runs `fn()`,", "drops captures"], "ada")
    drawing.box(166, 228, 118, 64, ["puts back the", "thread's own"], "plain")
    drawing.box(30, 228, 102, 64, ["tells who", "waits"], "plain")
    for x1, x2 in [(640, 606), (470, 436), (318, 284), (166, 132)]:
        drawing.arrow([(x1, 260), (x2, 260)])
    for x, event in [(710, "start"), (538, "before"), (301, "after"), (149, "destroy")]:
        drawing.text(x, 326, f"`{event}`", role="good", anchor="middle")
        top = 292 if event in ("start", "before") else 264
        drawing.line([(x, top), (x, 312)], "good", dashed=True)
    return drawing


def snapshot():
    drawing = Drawing(800, 340, "What a snapshot holds: one frame, and by it the stores")
    drawing.title_text(30, 32, "who holds")
    drawing.title_text(316, 32, "frames, never changed")
    drawing.title_text(620, 32, "stores")
    drawing.box(30, 54, 180, 46, ["a queued task"], "plain")
    drawing.box(30, 116, 180, 46, ["a `ContextSnapshot`"], "plain")
    drawing.box(30, 232, 180, 46, ["the running thread"], "plain")
    for y, step in [(70, "7"), (212, "8")]:
        drawing.add(
            lambda theme, y=y: f'<rect x="316" y="{y}" width="190" height="84" rx="6" '
            f'fill="{theme["panel"]}" stroke="{theme["line"]}" stroke-width="1.5"/>'
        )
        drawing.line([(316, y + 42), (506, y + 42)])
        drawing.text(330, y + 26, "`user`")
        drawing.text(330, y + 68, "`step`")
    drawing.arrow([(210, 77), (316, 98)])
    drawing.arrow([(210, 139), (316, 118)])
    drawing.arrow([(210, 255), (316, 255)])
    drawing.box(620, 66, 150, 50, ['`"ada"`'], "ada")
    drawing.box(620, 140, 150, 50, ["`7`"], "bob")
    drawing.box(620, 228, 150, 50, ["`8`"], "bob")
    drawing.arrow([(490, 91), (620, 91)])
    drawing.arrow([(490, 133), (620, 163)])
    drawing.arrow([(490, 233), (560, 233), (560, 106), (620, 106)])
    drawing.arrow([(490, 275), (590, 275), (590, 253), (620, 253)])
    drawing.text(
        30,
        326,
        "`step.Run(8, ...)` makes the lower frame; the upper one, and who holds it, "
        "do not see that",
        role="muted",
    )
    return drawing


def wait():
    drawing = Drawing(800, 420, "What a wait inside a task does, in two cases")
    drawing.title_text(14, 26, "1. What is waited for is still queued: the waiting thread runs it")
    drawing.band(40, 54, "worker 0")
    drawing.box(130, 50, 160, 34, ["task A"], "ada")
    drawing.box(290, 50, 240, 34, ["task B, in its own context"], "bob")
    drawing.box(530, 50, 160, 34, ["task A goes on"], "ada")
    drawing.line([(290, 84), (290, 106)], dashed=True)
    drawing.text(290, 122, "`b.Get()`", anchor="middle")

    drawing.title_text(14, 168, "2. Another thread has begun it: the waiting thread sleeps, a spare one goes on")
    drawing.band(182, 54, "worker 0")
    drawing.band(242, 54, "worker 1")
    drawing.band(302, 54, "a spare")
    drawing.box(130, 192, 160, 34, ["task A"], "ada")
    drawing.box(290, 192, 240, 34, ["sleeps"], "plain", dashed=True)
    drawing.box(530, 192, 160, 34, ["task A goes on"], "ada")
    drawing.box(200, 252, 330, 34, ["task B"], "bob")
    drawing.box(530, 252, 160, 34, ["task D"], "good")
    drawing.box(310, 312, 280, 34, ["task C, which A knows nothing of"], "good")
    drawing.box(590, 312, 100, 34, ["parks"], "plain", dashed=True)
    drawing.arrow([(290, 226), (290, 329), (310, 329)])
    drawing.arrow([(530, 252), (530, 226)])
    drawing.text(290, 374, "`b.Get()`: A gives its permit back,", anchor="middle")
    drawing.text(290, 392, "the spare takes it", anchor="middle")
    drawing.text(560, 374, "B ends: A goes on at once; the", anchor="middle")
    drawing.text(560, 392, "spare parks when C is done", anchor="middle")
    return drawing


def executors():
    drawing = Drawing(800, 268, "Which executor stands on which")
    drawing.title_text(14, 28, "over another executor, without threads of their own")
    lanes = [
        ("`SerialExecutor`", "one at a time, in order"),
        ("`PriorityExecutor`", "the highest first"),
        ("`BoundedExecutor`", "so many may wait"),
    ]
    for number, (name, what) in enumerate(lanes):
        x = 14 + number * 262
        drawing.box(x, 44, 248, 60, [name, what], "ada")
        drawing.line([(x + 124, 104), (x + 124, 126)])
        drawing.arrow([(x + 124, 126), (x + 124, 148)])
    drawing.line([(138, 126), (662, 126)])
    drawing.box(14, 148, 248, 60, ["`Executor`", "oneTBB's threads: compute"], "bob")
    drawing.box(276, 148, 248, 60, ["`BlockingExecutor`", "its own threads: blocking calls"], "bob")
    drawing.box(538, 148, 248, 60, ["`ManualExecutor`", "or `SimulatedExecutor`: for tests"], "bob")
    drawing.text(
        14,
        244,
        "any of the upper row stands on any of the lower row, or on another of its own row",
        role="muted",
    )
    return drawing


def jobs():
    drawing = Drawing(800, 232, "The way of a job")
    drawing.title_text(14, 28, "a flow of tenant ada")
    drawing.box(14, 44, 208, 60, ["`JobQueue`", "bytes, context, deadline"], "ada")
    drawing.arrow([(222, 62), (296, 62)])
    drawing.text(259, 54, "submit", role="muted", size=12, anchor="middle")
    drawing.title_text(296, 28, "keeps jobs until they have ended")
    drawing.box(296, 44, 208, 60, ["`Engine`", "`InProcess`, or a broker"], "plain")
    drawing.arrow([(504, 62), (578, 62)])
    drawing.text(541, 54, "lease", role="muted", size=12, anchor="middle")
    drawing.title_text(578, 28, "a task of tenant ada")
    drawing.box(578, 44, 208, 60, ["`JobWorker`", "the handler of its type"], "ada")
    drawing.arrow([(578, 90), (504, 90)])
    drawing.text(541, 118, "renew, end", role="muted", size=12, anchor="middle")
    drawing.arrow([(296, 90), (222, 90)])
    drawing.text(259, 118, "result, once", role="muted", size=12, anchor="middle")
    drawing.arrow([(400, 104), (400, 156)])
    drawing.text(408, 136, "given up", role="muted", size=12)
    drawing.box(296, 156, 208, 60, ["dead letters", "with their reason"], "bob")
    return drawing


DIAGRAMS = [flow, task_way, snapshot, wait, executors, jobs]


def run(usage, diagrams, arguments):
    """Writes the drawings of the functions given, or checks those in a folder."""
    if not arguments:
        return usage
    check = arguments[:1] == ["--check"]
    (folder,) = map(pathlib.Path, arguments[check:])
    drawn = {
        f"{diagram.__name__}_{name}.svg": diagram().render(theme)
        for diagram in diagrams
        for name, theme in THEMES.items()
    }
    if not check:
        for name, text in drawn.items():
            (folder / name).write_text(text)
        return False
    there = {path.name: path.read_text() for path in folder.glob("*.svg")}
    wrong = [n for n in sorted({*drawn, *there}) if drawn.get(n) != there.get(n)]
    script = pathlib.Path(sys.argv[0]).name
    for name in wrong:
        print(f"{folder / name}: not what {script} draws", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(run(__doc__, DIAGRAMS, sys.argv[1:]))
