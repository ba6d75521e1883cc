"""The command line with the operation echo only: `python -m tests.serve.echo_main ...`."""

from functions.serve.cli.main import main
from functions.serve.run.catalog import Catalog, Entry

ECHO = Catalog(
    {
        "echo": Entry("tests.serve.echo", "the input again, some times"),
        "other": Entry("tests.serve.nowhere", "a handler that cannot be imported"),
    }
)

if __name__ == "__main__":
    main(catalog=ECHO)
