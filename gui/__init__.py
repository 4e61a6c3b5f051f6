"""The window: it draws a trace at a time, and sends commands back by one road."""
