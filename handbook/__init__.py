"""The documents as a site: `make docs` writes `build/handbook/site`.

The pages of `docs/` and of the project's top folder are the source; a page per operation is made
from its request. A link that leads nowhere ends the build.
"""
