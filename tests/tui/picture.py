# SPDX-License-Identifier: GPL-3.0-or-later
"""What a terminal emulator (pyte) shows, as a picture: colours, bold and reverse included."""
from PIL import Image, ImageDraw, ImageFont

FONTS = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono"
PLAIN = ImageFont.truetype(f"{FONTS}.ttf", 15)
BOLD = ImageFont.truetype(f"{FONTS}-Bold.ttf", 15)
WIDE, HIGH = 9, 18
NORMAL = {"black": "#000000", "red": "#cc3333", "green": "#33aa33", "brown": "#aa8800",
          "blue": "#2222aa", "magenta": "#aa33aa", "cyan": "#22aaaa", "white": "#bbbbbb"}
# A console shows bold as bright.
BRIGHT = {"black": "#555555", "red": "#ff5555", "green": "#55ff55", "brown": "#ffff55",
          "blue": "#5555ff", "magenta": "#ff55ff", "cyan": "#55ffff", "white": "#ffffff"}


def colour(name, default, bold):
    if name == "default":
        return default
    if name in NORMAL:
        return (BRIGHT if bold else NORMAL)[name]
    return BRIGHT.get(name.removeprefix("bright"), f"#{name}")


def save(screen, path):
    image = Image.new("RGB", (screen.columns * WIDE, screen.lines * HIGH))
    draw = ImageDraw.Draw(image)
    for y in range(screen.lines):
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            front = colour(cell.fg, "#bbbbbb", cell.bold)
            back = colour(cell.bg, "#000000", False)
            if cell.reverse:
                front, back = back, front
            place = (x * WIDE, y * HIGH)
            draw.rectangle((place, (place[0] + WIDE - 1, place[1] + HIGH - 1)), fill=back)
            draw.text(place, cell.data, font=BOLD if cell.bold else PLAIN, fill=front)
    if not screen.cursor.hidden:
        x, y = screen.cursor.x * WIDE, screen.cursor.y * HIGH
        draw.rectangle((x, y + HIGH - 3, x + WIDE - 1, y + HIGH - 1), fill="#ffffff")
    image.save(path)
