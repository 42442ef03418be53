"""One colour for each user, and one for each part of a prompt, in all panels and pictures.

The colours are Okabe and Ito's, which people who confuse red and green can tell apart. None of
them says anything that a word, a hatch or a mark does not say too.
"""

from zlib import crc32

BLUE, ORANGE, GREEN, SKY, RED = "#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00"
PINK, GREY = "#CC79A7", "#7F7F7F"
COLOURS = [BLUE, ORANGE, GREEN, RED, SKY, PINK]

SOURCES = {  # where a part of a prompt came from
    "system_message": BLUE,
    "instructions": BLUE,
    "datetime": BLUE,
    "summary": PINK,
    "memories": ORANGE,
    "history": GREEN,
    "message": SKY,
    "tool": RED,
    "tool offered": GREY,
    "system": ORANGE,  # of a request whose parts are not known, the roles of its messages
    "user": SKY,
    "assistant": GREEN,
}


def colour_of(user_id: str) -> str:
    """The colour of a user, the same wherever and whenever they appear."""
    return COLOURS[crc32(user_id.encode()) % len(COLOURS)]
