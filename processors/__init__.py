"""The searches: one channel a file, on a common contract, and the run they give."""
