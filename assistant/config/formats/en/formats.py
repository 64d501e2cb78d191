"""How dates are written in the admin: the same everywhere, and not to be mistaken for another country's order."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i"
