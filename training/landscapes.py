"""Makes models/landscape-<of>.npz: what the pages of CNN and MLP show at once, around trainings.

They take some minutes, and are made anew whenever their network is.
"""

from __future__ import annotations

from nnviz.inspection import landscape, landscape_files
from nnviz.model_store import store
from nnviz.ui.shared import landscape as first_shown
from nnviz.ui.shared import model_page

NAMES = ("cnn_k3", "mlp", "mlp_study")


def main() -> None:
    """All of them; those that were there before go."""
    for old in landscape_files.shipped():
        old.unlink()
    for name in NAMES:
        opened = model_page.open_network(store.find(name))
        if opened is None:
            raise FileNotFoundError(f"{name} cannot be opened, so it has no landscape.")
        spec, survey = first_shown.at_first(opened)
        found = landscape.draw(survey)
        path = landscape_files.ship(found, spec.of)
        print(f"{path.name}: {survey.count} networks around {name} in {found.seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
