"""Values that every room shares: errors, operations, frame ranges, timecode, receipts.

Nothing in here reads a file, the environment, a clock or the network.
"""
