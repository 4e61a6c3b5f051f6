"""ThreadLab's engine: runs scripts under probes and keeps what they did. Knows no Qt."""
