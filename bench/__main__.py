"""`make bench`: every table, each beside its peers in the same run."""

from __future__ import annotations

from bench import chain, exr, kernels

if __name__ == "__main__":
    kernels.run()
    exr.run()
    chain.run()
