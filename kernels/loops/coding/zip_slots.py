"""The numbers that `kernels.deflate` hands to its compiled loop: one list, read by both sides."""

from __future__ import annotations

# geometry
MODE = 0  # 0 plain bytes, 1 halves
LENGTH = 1  # plain bytes
WIDTH = 2  # halves of a row
ROWS = 3
LINES = 4  # rows of a block
CHANNELS = 5
ROW = 6  # bytes from one row of a plane to the next
FIRST = 7  # number of the first row, as written before its block
PLANE = 8  # bytes from the source to each plane, in the order of the file, at most PLANES
PLANES = 4
SIZES = PLANE + PLANES  # filled by the loop: bytes of each block without its marks

# A block of a picture is preceded by the number of its first row and by its size, 32 bits each.
MARKS = 8

# One Huffman code serves at most this many bytes; a stored run may be no longer than 65535.
SEGMENT = 1 << 15
# What a stream that shrinks nothing adds: five bytes for each run, header, checksum, and the last
# word's spare bytes.
RUN = 5
FRAME = 32

# Scratch, in 32-bit numbers: tables of the loop, then the bytes of a block behind a guard.
SYMBOLS = 288  # literals, end, lengths
COUNTS = 0  # four histograms
FREQUENCIES = COUNTS + 4 * 256
LENGTHS = FREQUENCIES + SYMBOLS  # code length of each symbol, then of each distance
CODES = LENGTHS + SYMBOLS + 32
DISTANCES = CODES + SYMBOLS  # frequencies
DISTANCE_CODES = DISTANCES + 32
SHORT = DISTANCE_CODES + 32  # the code of the code lengths: frequencies, lengths, codes
SHORT_LENGTHS = SHORT + 32
SHORT_CODES = SHORT_LENGTHS + 32
SEQUENCE = SHORT_CODES + 32  # code lengths as written: symbol and repeat
SORTED = SEQUENCE + 2 * (SYMBOLS + 32)
SPARE = SORTED + SYMBOLS + 32
BUCKETS = SPARE + SYMBOLS + 32
MATCHES = BUCKETS + 256  # place, length, distance of each repeat in a segment
MATCH = 3
DATA = MATCHES + MATCH * (SEGMENT // 8 + 8)
GUARD = 64  # bytes
