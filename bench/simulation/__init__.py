"""Jobs on platforms that this machine does not have: a model, with the sender's own code in it.

What decides (plan, order, window, retries) is the dispatcher's; what is modelled is time, workers
and the platform that starts and stops them. See `docs/simulation.md`.
"""
