"""Trainings, experiments, embeddings and landscapes in the background: started, seen, stopped, found again.

    job_id = jobs.start_training("mlp", DataSpec(), {"max_iter": 100}, owner="somebody")
    jobs.find_job(job_id).history.epochs      # as often as you like: it costs microseconds
    jobs.look(job_id)                         # the network as it is by now, while it learns
    jobs.stop_job(job_id, by=actor)           # the network so far is kept
    store.load(jobs.find_job(job_id).result)  # once it is "done"

All wait in one queue, those first whose owner (a browser) has the fewest before them. A job whose worker
process dies is begun again, and so is a training whose server was killed, by the next one (`take_up`).
Whoever has its id finds it: later, from another process, or after a restart.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nnviz.jobs.records import (
    MOST_OWN_EXPERIMENTS,
    EmbeddingSpec,
    EmbeddingStatus,
    ExperimentStatus,
    Job,
    JobError,
    JobMissing,
    LandscapeSpec,
    LandscapeStatus,
    Steering,
)

if TYPE_CHECKING:
    from nnviz.jobs.background import (
        client,
        close,
        find_job,
        jobs_of,
        live_jobs,
        numbers,
        steer_job,
        stop_job,
        threads,
    )
    from nnviz.jobs.embeddings import (
        embedding_of_owner,
        embedding_status,
        find_embedding,
        start_embedding,
        stop_embedding,
    )
    from nnviz.jobs.estimates import TooLong
    from nnviz.jobs.experiments import (
        estimate_seconds,
        experiment_status,
        find_run,
        latest_experiment,
        resume_experiment,
        running_experiment,
        start_experiment,
        stop_experiment,
    )
    from nnviz.jobs.job_files import is_any_ordered
    from nnviz.jobs.landscapes import (
        find_landscape,
        landscape_of_owner,
        landscape_status,
        start_landscape,
        stop_landscape,
    )
    from nnviz.jobs.looking import Look, look
    from nnviz.jobs.run_recorder import record_cut_off, write_held
    from nnviz.jobs.trainings import check_training, start_training, take_up

__all__ = [
    "MOST_OWN_EXPERIMENTS",
    "EmbeddingSpec",
    "EmbeddingStatus",
    "ExperimentStatus",
    "Job",
    "JobError",
    "JobMissing",
    "LandscapeSpec",
    "LandscapeStatus",
    "Look",
    "Steering",
    "TooLong",
    "check_training",
    "client",
    "close",
    "cluster",
    "embedding_of_owner",
    "embedding_status",
    "estimate_seconds",
    "experiment_status",
    "find_embedding",
    "find_job",
    "find_landscape",
    "find_run",
    "is_any_ordered",
    "jobs_of",
    "landscape_of_owner",
    "landscape_status",
    "latest_experiment",
    "live_jobs",
    "look",
    "numbers",
    "prepare",
    "record_cut_off",
    "resume_experiment",
    "running_experiment",
    "start_embedding",
    "start_experiment",
    "start_landscape",
    "start_training",
    "steer_job",
    "stop_embedding",
    "stop_experiment",
    "stop_job",
    "stop_landscape",
    "take_up",
    "threads",
    "write_held",
]


def __getattr__(name: str) -> Any:
    """Functions, when they are first asked for.

    The processes of `jobs.cluster` import this package too, and need neither a database nor the trainers.
    """
    if name == "is_any_ordered":  # which a server asks at its start, before all that the others bring
        from nnviz.jobs import job_files

        return job_files.is_any_ordered
    if name in __all__:
        for module in (
            "background",
            "trainings",
            "experiments",
            "embeddings",
            "landscapes",
            "run_recorder",
            "estimates",
            "looking",
        ):
            there = vars(import_module(f"nnviz.jobs.{module}"))
            if name in there:
                return there[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
