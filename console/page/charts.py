"""Charts, drawn as SVG by pygal: one file each, which a page shows as a picture."""

import sys
from typing import Any

import pygal
from pygal.style import Style

from console.page.facts import Day, History

# It lets charts be plugged in by a kind of hook that Python has given up, and warns of.
sys.meta_path[:] = [hook for hook in sys.meta_path if not isinstance(hook, pygal.PluginImportFixer)]

WIDTH, HEIGHT = 480, 200
# Told apart by people who do not see all colours (Okabe and Ito).
COLOURS = {
    "created": "#009e73",
    "sent": "#009e73",
    "restored": "#56b4e9",
    "replayed": "#56b4e9",
    "updated": "#0072b2",
    "archived": "#e69f00",
}
LIGHT, DARK = "#1f2733", "#e6eaf0"
_AT_NIGHT = (
    "@media (prefers-color-scheme: dark) {"
    f".pygal-chart text {{ fill: {DARK} !important }} "
    f".pygal-chart .axis line, .pygal-chart .axis path {{ stroke: {DARK} !important }}"
    "}"
)


def outcomes_by_day(history: History) -> str:
    """Return a chart of what came and went, a column a day; outcomes that never were are absent."""
    there = [one for one in history.headings if any(day.counts.get(one) for day in history.days)]
    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground=LIGHT,
        foreground_strong=LIGHT,
        foreground_subtle=LIGHT,
        colors=tuple(COLOURS[one] for one in there) or (LIGHT,),
        opacity="1",
        font_family="system-ui, sans-serif",
        label_font_size=12,
        major_label_font_size=12,
        legend_font_size=13,
        no_data_font_size=16,
        transition="0s",
    )
    chart = pygal.StackedBar(
        style=style,
        js=[],
        css=["file://style.css", "file://graph.css", f"inline:{_AT_NIGHT}"],
        width=WIDTH,
        height=HEIGHT,
        explicit_size=True,
        disable_xml_declaration=True,
        legend_at_bottom=True,
        legend_at_bottom_columns=max(len(there), 1),
        legend_box_size=11,
        min_scale=1,
        show_y_labels=bool(there),
        max_scale=5,
        margin=4,
        spacing=6,
        show_minor_x_labels=False,
        x_labels_major_every=7,
        truncate_label=-1,
        no_data_text="nothing came or went",
        value_formatter=lambda value: f"{value:,.0f}",
    )
    chart.add_xml_filter(without_scripts)
    chart.x_labels = [f"{day.day:%d %b}" for day in history.days]
    for one in there:
        chart.add(one, [_height(day, one, history.ceiling) for day in history.days])
    return str(chart.render(is_unicode=True))


def without_scripts(root: Any) -> Any:
    """Return a drawing without the scripts that pygal puts into it: a filter of pygal's."""
    for parent in list(root.iter()):
        for script in parent.findall("{*}script"):
            parent.remove(script)
    return root


def _height(day: Day, outcome: str, ceiling: int | None) -> float | None:
    """Return how high a part of a day's column is; all of a day that is cut are cut alike."""
    counted = day.counts.get(outcome, 0)
    if not counted:
        return None
    return counted * ceiling / day.total if ceiling and day.total > ceiling else counted
