"""The Python halves of the page's views."""
