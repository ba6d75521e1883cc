"""`make bench`: every table, each beside its peers in the same run."""

from __future__ import annotations

from bench import (
    box,
    chain,
    colour,
    cores,
    dailies,
    disk,
    exr,
    footage,
    jobs,
    kernels,
    prores,
    quality,
    rendering,
    seal,
    sending,
    start,
    verdict,
)

if __name__ == "__main__":
    kernels.run()
    quality.run()
    colour.run()
    rendering.run()
    exr.run()
    start.run()
    disk.run()
    chain.run()
    cores.run()
    prores.run()
    dailies.run()
    seal.run()
    footage.run()
    box.run()
    jobs.run()
    sending.run()
    verdict.summary()
