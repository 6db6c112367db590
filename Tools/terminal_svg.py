#!/usr/bin/env python3
"""Turns captured terminal text (with SGR escapes, as `tmux capture-pane -ep` gives it) into an SVG.

  tmux capture-pane -ep -t demo | python3 Tools/terminal_svg.py "title" > Documentation/demo.svg
"""
import html
import re
import sys
import unicodedata

COLORS = {31: "#f0787a", 32: "#7fc98f", 33: "#e5c07b", 36: "#6cb6d9"}
CELL, LINE, PAD = 8.43, 19, 18


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def spans(line):
    """Pieces of a line: column, text, style."""
    color, bold, faint, column = None, False, False, 0
    for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
        if piece.startswith("\x1b["):
            for code in [int(c or 0) for c in piece[2:-1].split(";")]:
                if code == 0:
                    color, bold, faint = None, False, False
                elif code == 1:
                    bold = True
                elif code == 2:
                    faint = True
                elif code in (22,):
                    bold = faint = False
                elif code == 39:
                    color = None
                elif code in COLORS:
                    color = COLORS[code]
        elif piece:
            yield column, piece, color, bold, faint
            column += width(piece)


def main():
    title = sys.argv[1] if len(sys.argv) > 1 else "orchestrate"
    lines = sys.stdin.read().rstrip().split("\n")
    columns = max(width(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines)
    w, h = columns * CELL + 2 * PAD, len(lines) * LINE + 2 * PAD + 24
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:.0f} {h:.0f}" '
          f'width="{w:.0f}" height="{h:.0f}" role="img"><title>{html.escape(title)}</title>')
    print(f'<rect width="100%" height="100%" rx="8" fill="#1d2127"/>')
    for i, c in enumerate(("#f0787a", "#e5c07b", "#7fc98f")):
        print(f'<circle cx="{PAD + 4 + 18 * i}" cy="18" r="5" fill="{c}"/>')
    print('<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, '
          'monospace" font-size="14" xml:space="preserve">')
    for row, line in enumerate(lines):
        y = PAD + 24 + row * LINE + 12
        for column, text, color, bold, faint in spans(line):
            if not text.strip():
                continue
            lead = len(text) - len(text.lstrip(" "))
            text, column = text.strip(" "), column + lead
            style = f'fill="{color or "#d8dee6"}"'
            style += ' font-weight="700"' if bold else ""
            style += ' opacity="0.6"' if faint else ""
            length = width(text) * CELL
            print(f'<text x="{PAD + column * CELL:.1f}" y="{y}" textLength="{length:.1f}" '
                  f'lengthAdjust="spacingAndGlyphs" {style}>{html.escape(text)}</text>')
    print("</g></svg>")


if __name__ == "__main__":
    main()
