"""The page `docs/detector.md`: every number of the response, of all experiments side by side, and the trigger lines."""

import yaml

from .loading import Entry, documented_response, load_response, response_names

_HEADING = """# The detector's numbers

Generated from `datasets/simulation/response/*.yaml`, which `darkbelle simulate --response FILE` overrides: FILE has the
same parts and names, with only what differs, as plain numbers if you like. [S] read in a public source, [R] recalled
from the literature, [A] assumed. What the numbers do is said in [the simulation](simulation.md#the-detector).
"""


def markdown() -> str:
    """Give the page."""
    names = response_names()
    tables = [documented_response(name) for name in names]
    lines = [_HEADING]
    for part in tables[0]:
        lines += [
            f"## {part}",
            "",
            f"| name | unit | {' | '.join(names)} | source |",
            f"|---|---|{'---|' * len(names)}---|",
        ]
        lines += [_row(key, [table[part][key] for table in tables], names) for key in tables[0][part]]
        lines.append("")
    for name in names:
        lines += [f"## Trigger lines of {name}", "", "| line | conditions | source |", "|---|---|---|"]
        for line, definition in load_response(name).trigger.lines.items():
            stated = definition.model_dump(mode="json", exclude_defaults=True, exclude={"source"})
            conditions = yaml.safe_dump(stated, default_flow_style=True, sort_keys=False, width=10_000).strip()
            lines.append(f"| {line} | `{_escaped(conditions[1:-1])}` | {_escaped(definition.source)} |")
        lines.append("")
    return "\n".join(lines)


def _row(key: str, entries: list[Entry], names: list[str]) -> str:
    sources = list(dict.fromkeys(entry.source for entry in entries))
    told = (
        sources[0] if len(sources) == 1 else "; ".join(f"{n}: {e.source}" for n, e in zip(names, entries, strict=True))
    )
    values = " | ".join(_number(entry.value) for entry in entries)
    return f"| {key} | {entries[0].unit if entries[0].unit != '1' else '-'} | {values} | {_escaped(told)} |"


def _number(value: object) -> str:
    return ", ".join(_number(each) for each in value) if isinstance(value, list) else f"{value:g}"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
