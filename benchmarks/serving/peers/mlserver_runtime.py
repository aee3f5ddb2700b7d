"""The network as a runtime of MLServer, which asks and answers in Open Inference Protocol v2."""

from __future__ import annotations

from pathlib import Path

from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

from benchmarks.serving.peers.network import Network


class Scorer(MLModel):
    """n × 20 FP32 → n strings."""

    async def load(self) -> bool:
        self._network = Network(Path(self.settings.parameters.uri))
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        rows = NumpyCodec.decode_input(payload.inputs[0])
        output = StringCodec.encode_output("classes", self._network.classify(rows))
        return InferenceResponse(model_name=self.name, outputs=[output])
