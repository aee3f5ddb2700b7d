"""Each contender trains once and returns nothing: only its seconds are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from benchmarks.training.peers.task import BATCH, EPOCHS, HIDDEN, RATE, network

Contender = Callable[[np.ndarray, np.ndarray], object]


def loop(block: np.ndarray, target: np.ndarray) -> None:
    """Tensors in memory, one shuffle an epoch, fused Adam: nothing else."""
    inputs, truth, net = torch.from_numpy(block), torch.from_numpy(target), network()
    optimiser, loss_of = torch.optim.Adam(net.parameters(), lr=RATE, fused=True), nn.CrossEntropyLoss()
    for _ in range(EPOCHS):
        order = torch.randperm(len(inputs))
        shuffled, answers = inputs[order], truth[order]
        for first in range(0, len(inputs), BATCH):
            optimiser.zero_grad()
            loss_of(net(shuffled[first : first + BATCH]), answers[first : first + BATCH]).backward()
            optimiser.step()


def _over(batches: Iterable[tuple[Tensor, Tensor]]) -> None:
    net = network()
    optimiser, loss_of = torch.optim.Adam(net.parameters(), lr=RATE), nn.CrossEntropyLoss()
    for _ in range(EPOCHS):
        for inputs, truth in batches:
            optimiser.zero_grad()
            loss_of(net(inputs), truth).backward()
            optimiser.step()


def tensor_dataset(block: np.ndarray, target: np.ndarray) -> None:
    """`DataLoader` over `TensorDataset`."""
    _over(DataLoader(TensorDataset(torch.from_numpy(block), torch.from_numpy(target)), BATCH, shuffle=True))


class PerRow(Dataset[tuple[Tensor, int]]):
    """A row at a time, as most projects begin."""

    def __init__(self, block: np.ndarray, target: np.ndarray) -> None:
        self._block, self._target = block, target

    def __len__(self) -> int:
        return len(self._block)

    def __getitem__(self, place: int) -> tuple[Tensor, int]:
        return torch.as_tensor(self._block[place]), int(self._target[place])


def per_row_dataset(block: np.ndarray, target: np.ndarray) -> None:
    """`DataLoader` over a per-row `Dataset`."""
    _over(DataLoader(PerRow(block, target), BATCH, shuffle=True))


def scikit_learn(block: np.ndarray, target: np.ndarray) -> None:
    """`MLPClassifier`."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    net = MLPClassifier(
        (HIDDEN, HIDDEN), batch_size=BATCH, learning_rate_init=RATE, max_iter=EPOCHS, n_iter_no_change=EPOCHS + 1
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        net.fit(block, target)


def skorch(block: np.ndarray, target: np.ndarray) -> None:
    """`NeuralNetClassifier` without a validation split."""
    from skorch import NeuralNetClassifier

    net = NeuralNetClassifier(
        network(),
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=RATE,
        batch_size=BATCH,
        max_epochs=EPOCHS,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    net.fit(block, target)


def lightning(block: np.ndarray, target: np.ndarray) -> None:
    """A `LightningModule` and a bare `Trainer`: no logger, no bar, no checkpoint."""
    import logging

    import pytorch_lightning as pl

    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)

    class Module(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net, self.loss_of = network(), nn.CrossEntropyLoss()

        def training_step(self, batch: tuple[Tensor, Tensor], place: int) -> Tensor:
            loss: Tensor = self.loss_of(self.net(batch[0]), batch[1])
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=RATE)

    trainer = pl.Trainer(
        max_epochs=EPOCHS,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    data = TensorDataset(torch.from_numpy(block), torch.from_numpy(target))
    trainer.fit(Module(), DataLoader(data, BATCH, shuffle=True))


CONTENDERS: dict[str, Contender] = {
    "loop": loop,
    "TensorDataset": tensor_dataset,
    "per-row Dataset": per_row_dataset,
    "scikit-learn": scikit_learn,
    "skorch": skorch,
    "lightning": lightning,
}
