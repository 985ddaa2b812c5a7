"""One file per piece of biology, with its table of numbers beside it."""
