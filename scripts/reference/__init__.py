"""docs/reference, written from the code. Each page is a file here with a `page()` that gives its text."""
