"""What the command line lists: the presets with their parameters, and the Pythons found."""

from __future__ import annotations

from collections.abc import Sequence

from engine.interpreters import Python
from engine.scenario import Scenario


def of_scenarios(found: Sequence[Scenario]) -> str:
    """Return *found* by their groups, each with its parameters."""
    lines, group = [], ""
    for entry in found:
        if entry.group != group:
            group = entry.group
            lines.append(group)
        lines.append(f"  {entry.id:<22} {entry.title}: {entry.summary}")
        for parameter in entry.parameters:
            bounds = (
                f", {parameter.minimum}..{parameter.maximum}"
                if parameter.minimum is not None and parameter.maximum is not None
                else ""
            )
            unit = f" {parameter.unit}" if parameter.unit else ""
            lines.append(f"  {'':<22}   {parameter.name} = {parameter.default}{unit}{bounds}")
    return "\n".join(lines)


def of_pythons(found: Sequence[Python]) -> str:
    """Return *found*, each with where it is, or why it cannot be used."""
    wide = max((len(python.name) for python in found), default=0)
    lines = []
    for python in found:
        lines.append(f"{python.name:<{wide}}  {python.problem or python.label}")
        lines.append(f"{'':<{wide}}  {python.path}  ({', '.join(python.where)})")
    return "\n".join(lines)
