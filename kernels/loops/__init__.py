"""The compiled half of the room: loops over raw pointers, in Python that numba can type.

Nothing here is imported when a native object serves the call: `kernels.compiler` imports these
modules to compile them, and only then does numba load.
"""
