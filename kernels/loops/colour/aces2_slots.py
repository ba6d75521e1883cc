"""The numbers of an ACES 2 output transform, in the order that `rendering2` reads them."""

from __future__ import annotations

RGB_TO_CONE = 0  # nine, row by row
CONE_TO_AAB = 9
AAB_TO_CONE = 18
CONE_TO_RGB = 27
OFFSET = 36  # of the cone response
CONE_POWER = 37
CONE_POWER_BACK = 38
J_POWER = 39
J_POWER_BACK = 40
WHITE = 41  # cone response of white, over its scale
WHITE_BACK = 42
TONE_GAIN = 43
TONE_SHIFT = 44
TONE_POWER = 45
TONE_TOE = 46
LUMINANCE = 47  # adaptation over reference luminance, for the way back to J
LIMIT = 48  # J of the display's peak
LIMIT_A = 49  # (100 / LIMIT) ^ J_POWER_BACK
EXPAND = 50
EXPAND_FLOOR = 51
COMPRESS = 52
NORM = 53  # three cosine weights, three sine weights, a constant
FOCUS_BLEND = 60
FOCUS_DISTANCE = 61
MIDDLE = 62
CUSP_BLEND = 63
LOWER_HULL = 64
SMOOTH = 65
THRESHOLD = 66
REACH_AT = 67  # where these begin in the table, in pairs
ROWS_AT = 68
BINS = 69  # of a degree of hue: so many that no two cusps stand in one

ROW = 4  # pairs of a cusp: hue here and of the next, then J, M and hull with their slopes
