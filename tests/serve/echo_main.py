"""The command line with the operation echo only: `python -m tests.serve.echo_main ...`."""

from functions.serve.catalog import Catalog, Entry
from functions.serve.cli import main

ECHO = Catalog(
    {
        "echo": Entry("tests.serve.echo", "the input again, some times"),
        "other": Entry("tests.serve.nowhere", "a handler that cannot be imported"),
    }
)

if __name__ == "__main__":
    main(catalog=ECHO)
