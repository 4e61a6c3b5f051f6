"""Drawing that several views share: lanes, rulers, curves. Nothing here keeps any history."""
