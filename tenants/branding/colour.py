"""From one colour to an accent that can be read on light and on dark pages (WCAG 2.2 AA). Pure."""

import colorsys

Colour = tuple[float, float, float]

READABLE = 4.5
# The lightest and the darkest thing that an accent stands on or beside: static/css/tokens.css.
LIGHT_GROUNDS = ("#ffffff", "#eaeeec")
DARK_GROUNDS = ("#0f1312", "#232a28")
STEP = 0.01


def for_light(accent: str) -> str:
    """Darkened until it can be read on light grounds, and white text on it."""
    return _moved(accent, LIGHT_GROUNDS, -STEP)


def for_dark(accent: str) -> str:
    """Lightened until it can be read on dark grounds, and dark text on it."""
    return _moved(accent, DARK_GROUNDS, STEP)


def is_readable(accent: str) -> bool:
    """As it is, on light pages: what most people see."""
    return for_light(accent) == accent.lower()


def stronger(accent: str, *, dark: bool) -> str:
    """For text on a tinted ground, and what is pressed."""
    hue, light, saturation = colorsys.rgb_to_hls(*_parsed(accent))
    return _written(colorsys.hls_to_rgb(hue, min(0.92, light + 0.1) if dark else light * 0.78, saturation))


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _moved(accent: str, grounds: tuple[str, ...], step: float) -> str:
    hue, light, saturation = colorsys.rgb_to_hls(*_parsed(accent))
    colour = accent.lower()
    while min(contrast(colour, ground) for ground in grounds) < READABLE:  # black or white is in any case
        light = min(1.0, max(0.0, light + step))
        colour = _written(colorsys.hls_to_rgb(hue, light, saturation))
    return colour


def _parsed(colour: str) -> Colour:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _written(colour: Colour) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parsed(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
