"""One module a pane; none imports another."""
