"""`finetune.*`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from host.protocol import finetune_messages as f

if TYPE_CHECKING:
    from host.improvement.job import Job
    from host.models.deployments import DeploymentView
    from host.protocol import messages as m
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""
    deployments = _DeploymentHandlers(services)
    jobs = _JobHandlers(services)
    return {
        "finetune.deploy": deployments.deploy,
        "finetune.deployments": deployments.list_deployments,
        "finetune.rollback": deployments.roll_back,
        "finetune.improve": jobs.improve,
        "finetune.state": jobs.tell_state,
        "finetune.cancel": jobs.cancel,
    }


class _DeploymentHandlers:
    """Models that were trained here."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._deployments = services.deployments

    def deploy(self, params: f.DeployParams, call: Call) -> f.DeployResult:
        view = self._deployments.deploy(
            Path(params.file).expanduser(),
            params.base,
            params.kind,
            model_id=params.id,
            record=params.record.model_dump(mode="json", exclude_none=True),
            figures=params.figures,
            use=params.use,
            forced=params.forced,
            cancelled=call.cancelled,
        )
        return f.DeployResult(deployment=_show(view))

    def list_deployments(self, _: m.Empty, call: Call) -> f.DeploymentsResult:
        # Who has not said hello opens no database by asking.
        profile = self._services.profile(call) if call.session.profile_id else None
        why = self._services.tabs.explain_stand_in(profile) if profile else None
        views = [
            replace(view, text=f"{view.text} {why}") if why and view.in_use else view
            for view in self._deployments.list_views()
        ]
        return f.DeploymentsResult(
            deployments=[_show(view) for view in views],
            in_use=next((view.deployment.id for view in views if view.in_use), None),
        )

    def roll_back(self, _: m.Empty, __: Call) -> f.RollbackResult:
        rollback = self._deployments.roll_back()
        return f.RollbackResult(deployment=_show(rollback.view), model=rollback.model, text=rollback.text)


class _JobHandlers:
    """The training in the background."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._improvement = services.improvement

    def improve(self, params: f.ImproveParams, call: Call) -> f.JobResult:
        profile = self._services.profile(call)
        return f.JobResult(job=_show_job(self._improvement.improve(profile.id, params.model, now=params.now)))

    def tell_state(self, _: m.Empty, call: Call) -> f.StateResult:
        # Who has not said hello opens no database by asking.
        profile = self._services.profile(call).id if call.session.profile_id else None
        job = self._improvement.describe(profile)
        hindrance = None if job.active or profile is None else self._improvement.find_hindrance(profile)
        return f.StateResult(job=_show_job(job), hindrance=hindrance)

    def cancel(self, _: m.Empty, __: Call) -> f.JobResult:
        return f.JobResult(job=_show_job(self._improvement.cancel()))


def _show_job(job: Job) -> f.JobItem:
    return f.JobItem(
        state=job.state,
        stage=job.stage,
        share=job.share,
        remaining_s=job.remaining_s,
        text=job.text,
        report=job.report,
        started_at=job.started_at,
        ended_at=job.ended_at,
    )


def _show(view: DeploymentView) -> f.DeploymentItem:
    one = view.deployment
    return f.DeploymentItem(
        id=one.id,
        model=one.model,
        kind=one.kind,
        base=one.base,
        registered_at=one.registered_at,
        used_at=one.used_at,
        before=one.before,
        forced=one.forced,
        figures=one.figures,
        rolled_back_at=one.rolled_back_at,
        in_use=view.in_use,
        installed=view.size is not None,
        size=view.size,
        text=view.text,
    )
