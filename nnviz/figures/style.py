"""The look that figures share: sizes for the back of a classroom, colours for every kind of eye.

The categorical colours are Okabe and Ito's (2008, "Color Universal Design"); cividis (Nuñez et al. 2018,
PLoS ONE 13:e0199239) carries amounts and RdBu carries signs. No figure tells anything by colour alone.
"""

from __future__ import annotations

import plotly.graph_objects as go

from nnviz.core.colours import MEANINGS

TRAIN, TEST = MEANINGS["training"], MEANINGS["test"]
UNCHOSEN = "#8a9499"  # an answer that is not given
AMOUNT = "Cividis"
SIGNED = "RdBu"
GRADIENT = "PuOr"  # orange below zero, purple above
PERCENT = "~%"  # as many places as tell two ticks of an axis apart: 90%, 10.5%
FONT = 16
SMALL = 12  # in a legend of long names
SPACE = 0.16  # between two figures side by side: the numbers of the second need it on a phone


def finish(figure: go.Figure, *, alt: str, height: int) -> go.Figure:
    """Give a figure its text alternative, its height in pixels, margins, and axes that stand still.

    Names of traces and the title may be somebody's own words: they show as they are.
    """
    for trace in figure.data:
        if trace.name:
            trace.name = plain(trace.name)
    if figure.layout.title.text:
        figure.layout.title.text = plain(figure.layout.title.text)
    return (
        figure.update_layout(
            meta={"alt": alt},
            height=height,
            margin={"l": 8, "r": 8, "t": 44, "b": 8},
            font={"size": FONT},
            hoverlabel={"font": {"size": FONT}},
            legend={
                "orientation": "h",
                "yanchor": "bottom",
                "y": 1.06,
                "xanchor": "left",  # at the other end are the chart's buttons
                "x": 0,
            },
            dragmode=False,
        )
        .update_xaxes(fixedrange=True)
        .update_yaxes(fixedrange=True)
    )


def plain(text: str) -> str:
    """Text that somebody typed, for where Plotly reads its own kind of HTML and fills in %{values}."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("%{", "%\u2060{")


def legend_below(figure: go.Figure) -> go.Figure:
    """Long names, or many, stand below a figure, where there is room; on a phone two beside each other."""
    return figure.update_layout(
        legend={
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "xref": "container",
            "x": 0.5,
            "xanchor": "center",
            "font": {"size": SMALL},
        }
    )


def enlarged(figure: go.Figure, by: float) -> go.Figure:
    """The same figure with its lettering so many times as large, as far as it has a size of its own."""
    larger = go.Figure(figure)
    own = [
        larger.layout.font,
        larger.layout.title.font,
        larger.layout.legend.font,
        larger.layout.hoverlabel.font,
    ]
    own += [each.font for each in larger.layout.annotations]
    own += [trace.textfont for trace in larger.data if "textfont" in trace]
    for font in own:
        if font.size:
            font.size = font.size * by
    return larger


def has_axes(figure: go.Figure) -> bool:
    """Whether it is a chart, and not a picture."""
    return figure.layout.xaxis.visible is not False


def alt(figure: go.Figure) -> str:
    """The text alternative that `finish` put on a figure."""
    return str(figure.layout.meta["alt"])


def bare(figure: go.Figure) -> go.Figure:
    """Axes for a picture: none, square pixels, first row on top."""
    figure.update_xaxes(visible=False, constrain="domain")
    return figure.update_yaxes(visible=False, autorange="reversed", scaleanchor="x")
