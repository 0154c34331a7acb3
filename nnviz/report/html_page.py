"""The whole study as one HTML page that needs nothing else: tables and figures, ours beside the report's."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from string import Template
from typing import Any

import plotly.graph_objects as go
from PIL import Image
from plotly.offline import get_plotlyjs

from nnviz.core import paths, words
from nnviz.core.records import Array, Dataset, Split
from nnviz.core.results import Row, Run
from nnviz.core.words import say
from nnviz.evaluation.metrics import evaluate
from nnviz.experiments import charts, published, tables
from nnviz.experiments.studies import Study
from nnviz.figures import activation_map, alt, digit_picture, learning_curves, run_comparison
from nnviz.inspection import activations, layer_names
from nnviz.numpy_nn.classifier import MLPClassifier
from nnviz.numpy_nn.settings import layers
from nnviz.report import verdicts
from nnviz.report.verdicts import Verdict

MOST_MISTAKES = 40
_REPORTS = (say("report's train"), say("report's test"), say("report's seconds"))


@dataclass(frozen=True, eq=False)
class Result:
    """A study and its runs, with their curves and answers."""

    study: Study
    runs: tuple[Run, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The lines of the study's table."""
        return tables.rows(self.study.plan, self.runs, self.study.table)


@dataclass(frozen=True, eq=False)
class Chosen:
    """The report's chosen setting, trained once more to be looked into."""

    model: MLPClassifier
    split: Split
    digits: Dataset


def build(results: Sequence[Result], chosen: Chosen, *, summary: str, footer: str) -> str:
    """The page as HTML.

    Parameters
    ----------
    summary, footer
        Plain text.
    """
    sections = [(result.study.name, result.study.title, _section(result)) for result in results]
    sections.append(("chosen", say("The chosen network, looked into"), _chosen(chosen)))
    stories = [("story", say("Do we find what the report found?"), _stories(results))]
    every = [*stories, *sections]
    page = Template((paths.assets() / "study.html").read_text(encoding="utf-8"))
    return page.substitute(
        language=words.LANGUAGE,
        title=html.escape(say("The report's experiments, made again")),
        contents_name=html.escape(say("Contents")),
        summary=html.escape(summary),
        footer=html.escape(footer),
        plotly=get_plotlyjs(),
        contents="".join(f'<li><a href="#{name}">{html.escape(title)}</a></li>' for name, title, _ in every),
        body="\n".join(
            f'<section id="{name}"><h2>{html.escape(title)}</h2>\n{content}</section>'
            for name, title, content in every
        ),
    )


def _stories(results: Sequence[Result]) -> str:
    lines = [
        f"<li><strong>{html.escape(result.study.title)}.</strong> {_verdict(verdict)}</li>"
        for result in results
        for verdict in verdicts.judge(result.study, result.rows, result.runs)
    ]
    made = {result.study.name: result for result in results}
    for result in results:
        twin = made.get(result.study.twin)
        if twin and (told := verdicts.start(result.rows, twin.rows, result.study.plan.varied[0])):
            lines.append(f"<li><strong>{html.escape(twin.study.title)}.</strong> {html.escape(told)}</li>")
    return f"<ul>{''.join(lines)}</ul>" if lines else f"<p>{say('Nothing to compare yet.')}</p>"


def _verdict(verdict: Verdict) -> str:
    detail = f" <small>({html.escape(verdict.detail)})</small>" if verdict.detail else ""
    return (
        f'<span class="{"holds" if verdict.holds else "differs"}">{html.escape(verdict.words)}{detail}</span>'
    )


def _section(result: Result) -> str:
    study, rows = result.study, result.rows
    parts = [f'<p class="notice">{html.escape(study.notice)}</p>']
    parts += [
        f"<p>{_verdict(verdict)}</p>" for verdict in verdicts.judge(result.study, result.rows, result.runs)
    ]
    mean = published.table("folds")[0].test if study.table == "folds" else None
    drawn = charts.charts(study.plan, rows, result.runs, title=study.title, report=mean)
    parts += map(_figure, charts.untitled(drawn, study.title))
    if not study.plan.varied:
        parts.append(_table(study, tables.singles(study.plan, result.runs)))
        parts.append(f"<p>{html.escape(say('All folds together:'))}</p>")
    parts.append(_table(study, rows))
    return "\n".join(parts)


def _table(study: Study, rows: Sequence[Row]) -> str:
    """The table of a study; of the grid, the best first, as the report had it.

    What is to be said of a row stands below, as there is no room for sentences in a table.
    """
    if study.name == "grid":
        rows = sorted(rows, key=lambda row: row.test.mean if row.test else 0.0, reverse=True)
    header, lines = tables.legible(*tables.columns(study.plan, [replace(row, note="") for row in rows]))
    notes = dict.fromkeys(row.note for row in rows if row.note)
    marks = {note: "*" * place for place, note in enumerate(notes, start=1)}
    for row, line in zip(rows, lines, strict=True):
        line[0] = f"{line[0]} {marks[row.note]}" if row.note else line[0]
    best = {
        column: max((line[column] for line in lines if isinstance(line[column], float)), default=None)
        for column, name in enumerate(header)
        if name in (say("test"), tables.OTHERS, say("best epoch"), _REPORTS[1])
    }
    head = "".join(f'<th scope="col"{_class(name)}>{html.escape(name)}</th>' for name in header)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_class(name, value is not None and best.get(column) == value)}>{_text(name, value)}</td>"
            for column, (name, value) in enumerate(zip(header, line, strict=True))
        )
        + "</tr>"
        for line in lines
    )
    below = "".join(f'<p class="note">{mark} {html.escape(note)}</p>' for note, mark in marks.items())
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{below}'
    )


def _class(name: str, best: bool = False) -> str:
    classes = ["report"] * (name in _REPORTS) + ["best"] * best
    return f' class="{" ".join(classes)}"' if classes else ""


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.1f}" if name in (say("seconds"), _REPORTS[2]) else f"{value:.2%}"
    return html.escape(str(value))


def _chosen(chosen: Chosen) -> str:
    model, split = chosen.model, chosen.split
    judged = evaluate(split.y_test, model.predict_proba(split.x_test))
    right = int(judged.confusion.trace())
    rows = layers(model.coefs_, model.intercepts_, model.activation)
    names = layer_names.plain_names([(layer.name, layer.kind) for layer in rows])
    table = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{layer.input_shape[0]} → {layer.output_shape[0]}</td>"
        f"<td>{layer.activation}</td><td>{layer.parameters:,}</td></tr>"
        for name, layer in zip(names, rows, strict=True)
    )
    total = sum(layer.parameters for layer in rows)
    inside = activations.activations(model, split.x_test[0])
    pictures = [digit_picture(inside.image, title=say("A test digit, a {digit}", digit=split.y_test[0]))]
    pictures += [
        activation_map(values, title=name) for name, (_, values) in zip(names, inside.layers, strict=False)
    ]
    mistakes = "".join(
        _digit(chosen.digits.images[split.test_index[i]], int(judged.labels[i]), int(judged.predicted[i]))
        for i in judged.mistakes[:MOST_MISTAKES]
    )
    heads = (say("layer"), say("shape"), say("activation"), say("parameters"))
    settings = say(
        "Learning rate {rate}, batch size {batch}, ReLU, hidden layers of {layers} units, λ {decay}.",
        rate=model.learning_rate_init,
        batch=model.batch_size,
        layers=say(" and ").join(str(layer.output_shape[0]) for layer in rows[:-1]),
        decay=model.alpha,
    )
    score = say(
        "It reads {right} of {n} test digits right ({accuracy:.2%}). The report's network read 273 of 300.",
        right=right,
        n=len(split.y_test),
        accuracy=judged.accuracy,
    )
    return f"""
<p>{html.escape(settings)} {html.escape(score)}</p>
<div class="wide"><table>
<thead><tr>{"".join(f"<th>{html.escape(head)}</th>" for head in heads)}</tr></thead>
<tbody>{table}<tr><td>{html.escape(say("all"))}</td><td></td><td></td><td><strong>{total:,}</strong></td></tr></tbody>
</table></div>
{_figure(learning_curves(model.history_))}
{_figure(run_comparison.confusion(judged.confusion, title=say("Confusion matrix of the test digits")))}
<h3>{html.escape(say("Its mistakes, those first where it was most sure"))}</h3>
<div class="digits">{mistakes}</div>
<h3>{html.escape(say("One digit on its way through the network"))}</h3>
<div class="pair">{"".join(map(_figure, pictures))}</div>"""


def _digit(image: Array, true: int, predicted: int) -> str:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    source = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    told = html.escape(say("a {true}, read as {read}", true=true, read=predicted))
    return f'<figure><img src="{source}" alt="{told}"><figcaption>{told}</figcaption></figure>'


def _figure(figure: go.Figure) -> str:
    """A figure that can be pointed at, with its text alternative; Plotly itself is on the page once."""
    drawn = go.Figure(figure).update_layout(template="plotly_white")
    content = drawn.to_html(
        full_html=False, include_plotlyjs=False, config={"displaylogo": False, "responsive": True}
    )
    told = html.escape(alt(figure), quote=True)
    return f'<figure role="img" aria-label="{told}">{content}</figure>'
