"""A trained model as one value: schema, network, classes, calibration and where it came from.

It travels as canonical JSON beside safetensors weights, both named by SHA-256, never as a pickle. It knows
nothing of training, databases or HTTP.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn

from infra.domain.errors import BundleError
from infra.domain.values import Answer, Feature, Features
from infra.model.packing import Contents, Example, Interval, canonical_json, read_contents, read_tensors
from infra.model.schema import FeatureSchema

_BATCH_VALUES = 4_000_000
_TOLERANCE = 1e-3


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What a bundle answered to n rows. The last two are None for regression."""

    values: tuple[Answer, ...]
    probabilities: np.ndarray | None
    """n × classes, float64; rows sum to 1."""
    confidences: tuple[float, ...] | None
    """Probability of the answered class."""

    def part(self, start: int, end: int) -> Answers:
        """The answers to rows `start` to `end`, the last excluded."""
        return Answers(
            values=self.values[start:end],
            probabilities=None if self.probabilities is None else self.probabilities[start:end],
            confidences=None if self.confidences is None else self.confidences[start:end],
        )


@dataclass(frozen=True, kw_only=True)
class ModelBundle:
    """Everything needed to answer rows, and to train on from here. Its network is in eval mode, on the CPU."""

    task: Literal["classification", "regression"]
    schema: FeatureSchema
    network_name: str
    network_config: Mapping[str, object]
    network: nn.Module
    classes: tuple[str, ...] | None
    target_mean: float
    target_std: float
    temperature: float
    provenance: Mapping[str, str | int | float | None]
    example: Example | None = None
    interval: Interval | None = None
    """Of a regression whose validation rows were enough to say."""

    def answer(self, block: np.ndarray) -> Answers:
        """Answer n rows of the schema's block (n × width float32).

        Class probabilities are the softmax of the logits over the temperature (Guo et al. 2017, "On
        calibration of modern neural networks"); regression answers are in the target's own units.
        """
        outputs = self._outputs(torch.from_numpy(block))
        if self.classes is None:
            numbers = outputs[:, 0] * self.target_std + self.target_mean
            return Answers(values=tuple(numbers.tolist()), probabilities=None, confidences=None)
        probabilities = softmax(outputs / self.temperature)
        best = probabilities.argmax(axis=1)
        return Answers(
            values=tuple(self.classes[place] for place in best.tolist()),
            probabilities=probabilities,
            confidences=tuple(probabilities[np.arange(len(best)), best].tolist()),
        )

    def embed(self, block: np.ndarray) -> np.ndarray | None:
        """How the network sees n rows of the block: what its last linear layer is given, n × size float64.

        None for a network without a linear layer. It hooks into the network while it runs: not for a bundle that
        serves other threads.
        """
        given: dict[str, Tensor] = {}

        def keep(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            given["last"] = inputs[0]

        rows, parts = max(1, _BATCH_VALUES // self.schema.width), []
        hooks = [part.register_forward_pre_hook(keep) for part in self.network.modules() if isinstance(part, nn.Linear)]
        try:
            with torch.inference_mode():
                for batch in torch.split(torch.from_numpy(block), rows):
                    self.network(batch)
                    if "last" not in given:
                        return None
                    parts.append(given["last"].flatten(start_dim=1))
        finally:
            for hook in hooks:
                hook.remove()
        seen: np.ndarray = torch.cat(parts).numpy().astype(np.float64)
        return seen

    def sensitivity(self, block: np.ndarray) -> np.ndarray | None:
        """Mean absolute gradient of the answer by each input over n rows of the block, (width,) float64.

        Of a class the gradient of its logit over the mean of all, which does not vanish where the network is sure.
        None for a network whose outputs cannot be differentiated.
        """
        total = torch.zeros(self.schema.width, dtype=torch.float64)
        for batch in torch.split(torch.from_numpy(block), max(1, _BATCH_VALUES // self.schema.width)):
            inputs = batch.clone().requires_grad_(True)
            with torch.enable_grad():
                outputs = self.network(inputs)
                answers = outputs[:, 0] if self.classes is None else outputs.amax(dim=1) - outputs.mean(dim=1)
            if not answers.requires_grad:
                return None
            (gradients,) = torch.autograd.grad(answers.sum(), inputs)
            total += gradients.abs().sum(dim=0, dtype=torch.float64)
        mean: np.ndarray = (total / max(1, len(block))).numpy()
        return mean

    def with_example(self, features: Mapping[str, Feature]) -> ModelBundle:
        """The bundle with one row it can prove itself by; carried columns are left out of it.

        Raises:
            RowError: the schema cannot read the row.
        """
        kept = {name: features[name] for name, kind in self.schema.kinds.items() if kind != "carried"}
        answers = self._answer_one(kept)
        confidence = answers.confidences[0] if answers.confidences else None
        return replace(self, example=Example(features=kept, value=answers.values[0], confidence=confidence))

    def prove(self) -> None:
        """Answer the kept example again.

        Raises:
            BundleError: there is none, or the answer differs by more than rounding.
        """
        if self.example is None:
            raise BundleError("the bundle keeps no example to prove itself by: train it again")
        answers = self._answer_one(self.example.features)
        value, confidence = answers.values[0], answers.confidences[0] if answers.confidences else None
        if not (_close(value, self.example.value) and _close(confidence, self.example.confidence)):
            raise BundleError(
                f"the bundle answers its example with {value} ({confidence}); when it was made it was "
                f"{self.example.value} ({self.example.confidence}): do not serve it here, train again"
            )

    def pack(self) -> tuple[str, bytes]:
        """(canonical JSON config, safetensors weights)."""
        return self._packed

    @property
    def sha256(self) -> str:
        """SHA-256 of the config text, which itself names the weights by theirs."""
        return hashlib.sha256(self._packed[0].encode()).hexdigest()

    @classmethod
    def unpack(cls, config: str, weights: bytes, sha256: str, allowed_modules: Sequence[str] = ()) -> ModelBundle:
        """Load what `pack` gave. Hashes and shapes are checked before anything is used.

        Raises:
            BundleError: the config is not the one that `sha256` names, the weights are not the config's, or
                they do not fit the network.
        """
        contents = read_contents(config, weights, sha256)
        network = contents.build(allowed_modules)
        network.load_state_dict(read_tensors(weights, network.state_dict()))
        return cls(
            task=contents.task,
            schema=contents.schema,
            network_name=contents.network_name,
            network_config=contents.network_config,
            network=network.eval().requires_grad_(False),
            classes=contents.classes,
            target_mean=contents.target_mean,
            target_std=contents.target_std,
            temperature=contents.temperature,
            provenance=contents.provenance,
            example=contents.example,
            interval=contents.interval,
        )

    @cached_property
    def _packed(self) -> tuple[str, bytes]:
        tensors = {name: value.detach().cpu().clone().contiguous() for name, value in self._state().items()}
        weights = save(tensors)
        contents = Contents(
            task=self.task,
            schema=self.schema,
            network_name=self.network_name,
            network_config=self.network_config,
            classes=self.classes,
            target_mean=self.target_mean,
            target_std=self.target_std,
            temperature=self.temperature,
            provenance=self.provenance,
            example=self.example,
            weights_sha256=hashlib.sha256(weights).hexdigest(),
            interval=self.interval,
        )
        return canonical_json(contents.to_json()), weights

    def _state(self) -> dict[str, Tensor]:
        return self.network.state_dict()

    def _outputs(self, block: Tensor) -> np.ndarray:
        """n × outputs, float64, in batches that bound memory."""
        rows = max(1, _BATCH_VALUES // self.schema.width)
        with torch.inference_mode():
            if len(block) <= rows:
                parts = self.network(block)
            else:
                parts = torch.cat([self.network(part) for part in torch.split(block, rows)])
        outputs: np.ndarray = parts.numpy().astype(np.float64)
        return outputs

    def _answer_one(self, features: Features) -> Answers:
        parsed = self.schema.parse([features])
        for error in parsed.errors:
            raise error
        return self.answer(parsed.block)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Rows of probabilities from rows of logits, without overflow."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: np.ndarray = raised / raised.sum(axis=1, keepdims=True)
    return probabilities


def _close(found: Answer | None, kept: Answer | None) -> bool:
    if isinstance(found, float) and isinstance(kept, int | float):
        return abs(found - kept) <= _TOLERANCE * max(1.0, abs(kept))
    return found == kept
