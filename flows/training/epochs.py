"""The epochs of one training: one shuffle an epoch, early stopping with the best weights, checkpoints.

Everything random comes from generators seeded outside or kept in the checkpoint, so that the same rows, seed and
start give the same weights, also through a crash at any moment. It knows nothing of frames, schemas or bundles.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import torch
from torch import Tensor, nn

from flows.training.checkpoint import Cadence, load_checkpoint, save_checkpoint
from flows.training.crew import Crew
from flows.training.guarding import is_constant, refuse_dead, refuse_divergence, refuse_no_gradient
from flows.training.observing import Epoch, Observer, Step
from flows.training.passing import Pass
from flows.training.plan import Plan, Rows, batches, groups
from flows.training.resuming import checkpoint_of, restore
from flows.training.schedules import plateau_share, rate_share
from flows.training.stepping import Stepper

_PACE_EPOCHS = 5


class Training:
    """The state that changes from step to step."""

    def __init__(
        self,
        network: nn.Module,
        plan: Plan,
        train: Rows,
        validation: Rows,
        observer: Observer | None = None,
        crew: Crew | None = None,
    ) -> None:
        self.network, self.plan, self.observer, self.crew = network, plan, observer, crew or Crew()
        self._train, self._validation = train, validation
        self.device = train.target.device
        self.stepper = Stepper(network, plan, self.device, self.crew)
        self.shuffler = torch.Generator().manual_seed(plan.seed)
        self.augmenter = torch.Generator().manual_seed(plan.seed + 1 + self.crew.rank)
        least = 2 * self.crew.size if _has_batch_norm(network) else 2
        self._batches = batches(len(train), plan.batch_size, least)
        self.running: Pass | None = None
        self.history: list[Epoch] = []
        self.constant: list[bool] = []
        """Of each epoch, whether all validation rows got the same outputs."""
        self.steps = self.best_epoch = 0
        self.best_loss = math.inf
        self.best: dict[str, Tensor] = {}
        self.rows_differ = _differ(validation)
        if plan.warm:
            self.best_loss, _ = self._validate()
            self._keep_best()

    @property
    def finished(self) -> bool:
        """All epochs are done, or none of the last `patience` improved the validation loss."""
        done = len(self.history)
        return done >= self.plan.epochs or done - self.best_epoch >= self.plan.patience

    def run(self, on_epoch: Callable[[Epoch], None] | None, folder: Path | None, identity: str) -> None:
        """Train until finished and leave the best weights in the network; resumes from `folder`.

        Raises:
            TrainingFailed: the loss is not finite, the gradients exploded, or the network is dead.
        """
        keep, cadence = self._keeper(folder, identity), Cadence()
        if folder is not None and (checkpoint := load_checkpoint(folder, identity)) is not None:
            restore(self, checkpoint)
        elif self.observer is not None:
            self.observer.begins(self.network)
        while not self.finished:
            epoch = self._epoch(cadence, keep)
            self._judge(epoch)
            if keep is not None and (self.crew.due(0, lambda: cadence.due(between_epochs=True)) or self.finished):
                with cadence.keeping():
                    keep()
            if on_epoch is not None:
                on_epoch(epoch)
        self.take_best()
        if self.observer is not None:
            self.observer.ends(self.network, self.best_epoch)

    def take_best(self) -> None:
        """Leave the best weights in the network."""
        self.network.load_state_dict(self.best)
        self.network.eval()

    def outputs(self, rows: Rows) -> Tensor:
        """n × outputs in eval mode and float32, in parts that bound memory."""
        self.network.eval()
        with torch.inference_mode():
            parts = rows.parts(*self.crew.part(0, len(rows)))
            return self.crew.joined(torch.cat([self.network(part.to(self.device)) for part in parts]), len(rows))

    def _keeper(self, folder: Path | None, identity: str) -> Callable[[], None] | None:
        if folder is None:
            return None

        def keep() -> None:
            checkpoint = checkpoint_of(self)
            if self.crew.rank == 0:
                save_checkpoint(folder, identity, checkpoint)

        return keep

    def _epoch(self, cadence: Cadence, keep: Callable[[], None] | None) -> Epoch:
        """One epoch, or what is left of the one that a crash cut short."""
        running = self.running = self.running or self._begun()
        started = perf_counter() - running.seconds
        self.stepper.train()
        self.shuffler.set_state(running.shuffler)
        order = torch.randperm(len(self._train), generator=self.shuffler).to(self.device)
        target = self._train.target[order]
        for group in groups([one for one in self._batches if one[0] >= running.rows], self._train.taken_rows):
            block, begin = self._train.take(self._own(order, group), self.device), 0
            for first, last in group:
                own = slice(*self.crew.part(first, last))
                end = begin + own.stop - own.start
                rate = self._learn(block[begin:end], target[own], target[first:last], order[own])
                running.rows, begin = last, end
                if keep is not None and self.crew.due(running.steps, lambda: cadence.due(between_epochs=False)):
                    running.seconds = perf_counter() - started
                    with cadence.keeping():
                        keep()
        self.running = None
        validation_loss, validation_score = self._validate()
        return self._told(running, validation_loss, validation_score, perf_counter() - started, rate)

    def _begun(self) -> Pass:
        zero = torch.zeros((), device=self.device)
        return Pass(shuffler=self.shuffler.get_state(), loss_sum=zero, norm_sum=zero.clone())

    def _own(self, order: Tensor, group: list[tuple[int, int]]) -> Tensor:
        """This process's places of the group's batches, in order."""
        if self.crew.size == 1:
            return order[group[0][0] : group[-1][1]]
        return torch.cat([order[slice(*self.crew.part(*batch))] for batch in group])

    def _learn(self, block: Tensor, target: Tensor, whole: Tensor, rows: Tensor) -> float:
        """One step of the optimiser; the learning rate it took. `whole` are the targets of all processes' rows."""
        assert self.running is not None
        rate = self._rate()
        if self.plan.augmentation is not None:
            block = self.plan.augmentation.apply(block, self.augmenter)
        loss, norm, norms = self.stepper.gradients(block, target, whole)
        self.steps += 1
        if self.observer is not None:
            step = Step(number=self.steps, rows=rows, gradient_norms=norms, learning_rate=rate)
            self.observer.on_step(self.network, step)
        self.stepper.move(rate)
        self.running.loss_sum += loss * len(whole)
        self.running.norm_sum += norm
        self.running.steps += 1
        return rate

    def _rate(self) -> float:
        plan = self.plan
        if plan.schedule == "constant" and not plan.warm_up:
            return plan.learning_rate
        steps = plan.epochs * len(self._batches)
        share = rate_share(plan.schedule, step=self.steps, steps=steps, warm_up=plan.warm_up)
        if plan.schedule == "plateau":
            share *= plateau_share([epoch.validation_loss for epoch in self.history], plan.patience)
        return plan.learning_rate * share

    def _told(self, done: Pass, loss: float, score: float, seconds: float, rate: float) -> Epoch:
        number = len(self.history) + 1
        pace = [seconds, *(epoch.seconds for epoch in self.history[-_PACE_EPOCHS:])]
        return Epoch(
            number=number,
            of=self.plan.epochs,
            train_loss=float(self.crew.sum(done.loss_sum)) / len(self._train),
            validation_loss=loss,
            validation_score=score,
            gradient_norm=float(done.norm_sum) / done.steps,
            seconds=seconds,
            learning_rate=rate,
            seconds_left=sum(pace) / len(pace) * (self.plan.epochs - number),
        )

    def _judge(self, epoch: Epoch) -> None:
        """Keep the epoch, and its weights where they are the best so far; or say why it is hopeless."""
        refuse_divergence(epoch)
        refuse_no_gradient(epoch)
        self.history.append(epoch)
        if not self.plan.warm:
            refuse_dead(self.constant, self.rows_differ)
        if epoch.validation_loss < self.best_loss:
            self.best_loss, self.best_epoch = epoch.validation_loss, epoch.number
            self._keep_best()
        if self.observer is not None:
            self.observer.on_epoch(self.network, epoch)

    def _validate(self) -> tuple[float, float]:
        """(loss, score) on the validation rows; a class that training has not seen counts as wrong."""
        outputs, target = self.outputs(self._validation), self._validation.target
        loss = self.stepper.loss(outputs, target).double()
        if self.plan.task == "classification":
            score = (outputs.argmax(dim=1) == target).double().mean()
        else:
            score = (outputs[:, 0] - target).abs().double().mean() * self.plan.target_std
        constant = torch.tensor(float(is_constant(outputs)), dtype=torch.float64)
        said = self.crew.first(torch.stack([loss.cpu(), score.cpu(), constant])).tolist()  # lest rounding part them
        self.constant.append(bool(said[2]))
        return said[0], said[1]

    def _keep_best(self) -> None:
        self.best = {name: tensor.detach().clone() for name, tensor in self.network.state_dict().items()}


def _has_batch_norm(network: nn.Module) -> bool:
    return any(isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)) for part in network.modules())


def _differ(rows: Rows) -> bool:
    """Whether any two rows of the block differ."""
    first = rows.block[:1]
    return any(bool((part != first).any()) for part in rows.parts())
