"""The networks on series against loops, hand-worked numbers and PyTorch's own layers, on plain tensors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from carebench_plugins.series.channelwise import ParallelLSTM
from carebench_plugins.series.convolution import ConvolutionNetwork, levels_for
from carebench_plugins.series.decay import DecayNetwork
from carebench_plugins.series.interpolation import InterpolationNetwork, interpolate
from carebench_plugins.series.observed import carried_forward, time_gaps
from carebench_plugins.series.sets import SetNetwork, softmax_by_unit
from carebench_plugins.series.transformer import sinusoids

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GRIDS = st.lists(st.one_of(st.just(math.nan), st.floats(-5, 5, width=32)), min_size=1, max_size=12)


def drawn_grid(units: int = 3, steps: int = 6, channels: int = 2) -> Tensor:
    """Values of which half were not measured."""
    draw = torch.Generator().manual_seed(5)
    grid = torch.randn(units, steps, channels, generator=draw)
    return torch.where(torch.rand(grid.shape, generator=draw) < 0.5, torch.nan, grid)


def read(grid: Tensor, step: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    """Values carried forward, masks and gaps of a grid."""
    return carried_forward(grid), (~grid.isnan()).float(), time_gaps(~grid.isnan(), step)


@settings(max_examples=60, deadline=None)
@given(GRIDS, st.sampled_from([1.0, 0.25, 2.0]))
def test_values_and_gaps_are_those_of_a_loop(column: list[float], step: float) -> None:
    """Equation 2 of Che et al., and the last value, are worked out anew step by step."""
    values, _, gaps = read(torch.tensor(column, dtype=torch.float32).reshape(1, -1, 1), step)
    last, gap = 0.0, 0.0
    for number, value in enumerate(column):
        if number:
            gap = step + (gap if math.isnan(column[number - 1]) else 0.0)
        last = last if math.isnan(value) else value
        assert values[0, number, 0].item() == last
        assert gaps[0, number, 0].item() == gap


def test_gaps_of_two_channels_worked_by_hand() -> None:
    """Each channel is measured at two of five steps; the gap of the first step is 0, and a gap ends with a measurement."""
    measured = torch.tensor([[0, 1, 0, 0, 1], [1, 0, 0, 1, 0]]).bool().T[None]
    assert time_gaps(measured, 1.0)[0].T.tolist() == [[0, 1, 1, 2, 3], [0, 1, 2, 3, 1]]


def decaying(channels: int = 1, hidden: int = 1, means: float = 0.5) -> DecayNetwork:
    """GRU-D with random weights."""
    torch.manual_seed(3)
    network = DecayNetwork(means=torch.full((channels,), means), static=0, hidden=hidden, dropout=0.0)
    with torch.no_grad():
        for parameter in network.parameters():
            nn.init.normal_(parameter, std=0.7)
    return network


def test_gru_d_of_two_steps_worked_by_hand() -> None:
    """One channel, one unit of state: 2 is measured, then nothing for one step, and all weights are one half or one.

    Step 1: d = 0, x^ = 2, m = 1. z = sigmoid(.5 x 2 + 0) = .7310586, c = tanh(1 x 2) = .9640276, h = z c = .7047606.
    Step 2: d = 1, gx = exp(-.5) = .6065307, gh = exp(-1) = .3678794, x^ = gx 2 + (1 - gx) .5 = 1.4097960, h' = gh h = .2592669;
    z = sigmoid(.7048980) = .6692728, r = 1/2, c = tanh(1.4097960 + .5 x .2592669) = .9120244; h = (1 - z) h' + z c.
    """
    network = decaying()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.input_decay.fill_(0.5)
        network.state_decay.weight.fill_(1.0)
        network.inputs.weight[:, 0] = torch.tensor([0.5, 0.0, 1.0])
        network.candidate.weight.fill_(1.0)
        found = network.states(*read(torch.tensor([2.0, torch.nan]).reshape(1, 2, 1))).item()
    assert found == pytest.approx((1 - 0.6692728) * 0.2592669 + 0.6692728 * 0.9120244, abs=1e-6)


def slow_gru_d(network: DecayNetwork, grid: NDArray[np.float64]) -> list[float]:
    """The state after the last step of one unit, by the equations of the paper, one number after another."""
    weights = {name: value.double().numpy() for name, value in network.state_dict().items()}
    steps, channels = grid.shape
    hidden = len(weights["state_decay.bias"])

    def sigmoid(value: float) -> float:
        return 1 / (1 + math.exp(-value))

    def driven(row: int, inputs: list[float]) -> float:
        terms = [a * b for a, b in zip(weights["inputs.weight"][row], inputs, strict=True)]
        return float(sum(terms) + weights["inputs.bias"][row])

    def dot(name: str, row: int, state: list[float]) -> float:
        return float(sum(a * b for a, b in zip(weights[name][row], state, strict=True)))

    state = [0.0] * hidden
    last = [float(mean) for mean in weights["means"]]
    gaps = [0.0] * channels
    for t in range(steps):
        if t:
            gaps = [1.0 + (gap if math.isnan(grid[t - 1, c]) else 0.0) for c, gap in enumerate(gaps)]
        inputs, mask = [], []
        for c in range(channels):
            fade = math.exp(-max(0.0, weights["input_decay"][c] * gaps[c] + weights["input_decay_bias"][c]))
            absent = math.isnan(grid[t, c])
            inputs.append(fade * last[c] + (1 - fade) * weights["means"][c] if absent else float(grid[t, c]))
            mask.append(0.0 if absent else 1.0)
            last[c] = last[c] if absent else float(grid[t, c])
        rates = [
            dot("state_decay.weight", k, gaps) + float(weights["state_decay.bias"][k]) for k in range(hidden)
        ]
        faded = [math.exp(-max(0.0, rate)) * before for rate, before in zip(rates, state, strict=True)]
        both = inputs + mask
        update = [sigmoid(driven(k, both) + dot("gates.weight", k, faded)) for k in range(hidden)]
        reset = [
            sigmoid(driven(hidden + k, both) + dot("gates.weight", hidden + k, faded)) for k in range(hidden)
        ]
        kept = [gate * before for gate, before in zip(reset, faded, strict=True)]
        new = [
            math.tanh(driven(2 * hidden + k, both) + dot("candidate.weight", k, kept)) for k in range(hidden)
        ]
        state = [(1 - z) * before + z * c for z, before, c in zip(update, faded, new, strict=True)]
    return state


def test_gru_d_is_that_of_a_plain_loop() -> None:
    """All steps at once give what the equations give one number at a time."""
    network, grid = decaying(channels=2, hidden=3), drawn_grid()
    with torch.no_grad():
        found = network.states(*read(grid))
    for unit in range(len(grid)):
        assert found[unit].tolist() == pytest.approx(
            slow_gru_d(network, grid[unit].double().numpy()), abs=1e-5
        )


def test_parallel_lstms_are_pytorchs_one_by_one() -> None:
    """Each group equals an `nn.LSTM` with its weights, which has two biases where ours has their sum."""
    torch.manual_seed(0)
    ours, inputs = ParallelLSTM(3, 2, 4), torch.randn(3, 5, 7, 2)
    found = ours(inputs)
    for group in range(3):
        theirs = nn.LSTM(2, 4)
        weights = {
            "weight_ih_l0": ours.from_inputs[group].T,
            "weight_hh_l0": ours.from_state[group].T,
            "bias_ih_l0": ours.bias[group, 0],
            "bias_hh_l0": torch.zeros(16),
        }
        theirs.load_state_dict(weights)
        torch.testing.assert_close(found[group], theirs(inputs[group])[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("steps", "kernel"), [(1, 2), (7, 2), (12, 3), (48, 3), (48, 7)])
def test_convolution_sees_all_of_the_past_and_nothing_to_come(steps: int, kernel: int) -> None:
    """The gradient of step t is zero with respect to every later step, and that of the last reaches the first."""
    torch.manual_seed(1)
    network = ConvolutionNetwork(
        inputs=2, static=0, hidden=8, kernel=kernel, levels=levels_for(steps, kernel), dropout=0.0
    )
    grid = torch.randn(4, steps, 2, requires_grad=True)
    features = network.features(grid)
    assert features.shape == (4, 8, steps)
    middle = steps // 2
    (gradient,) = torch.autograd.grad(features[:, :, middle].sum(), grid, retain_graph=True)
    assert gradient[:, middle].abs().max() > 0
    assert gradient[:, middle + 1 :].abs().sum() == 0
    (gradient,) = torch.autograd.grad(features[:, :, -1].sum(), grid)
    assert gradient[:, 0].abs().max() > 0


def test_sinusoids_are_those_of_the_formula() -> None:
    """Against sin and cos of p / longest^(2k / width)."""
    found = sinusoids(torch.tensor([1.5, 30.0]), 6, 48.0)
    for row, place in enumerate((1.5, 30.0)):
        angles = [place / 48.0 ** (2 * k / 6) for k in range(3)]
        expected = [*map(math.sin, angles), *map(math.cos, angles)]
        assert found[row].tolist() == pytest.approx(expected, abs=1e-5)


def test_interpolation_of_a_known_curve() -> None:
    """Weights exp(-(t - t_j)^2 / .001) are a kernel smoother: of a line it gives the line, of a constant the constant."""
    times, points = torch.linspace(0, 1, 101), torch.linspace(0.2, 0.8, 7)
    scores = -((points[:, None] - times) ** 2 / 1e-3)[None, None]
    values = torch.stack([3 * times - 1, torch.full((101,), 2.0), torch.zeros(101)], dim=1)[None]
    measured = torch.ones_like(values)
    measured[:, ::2, 1] = 0
    measured[:, :, 2] = 0
    found = interpolate(scores, values, measured)[0, 0]
    torch.testing.assert_close(found[:, 0], 3 * points - 1, rtol=0, atol=1e-4)
    torch.testing.assert_close(found[:, 1], torch.full((7,), 2.0), rtol=0, atol=1e-6)
    assert found[:, 2].tolist() == [0.0] * 7


def test_interpolation_is_a_softmax_over_what_was_measured() -> None:
    """For each channel the weights are those of a softmax over its own times."""
    torch.manual_seed(2)
    scores, values = torch.randn(2, 3, 4, 6), torch.randn(2, 6, 5)
    measured = (torch.rand(2, 6, 5) < 0.6).float()
    measured[:, 0] = 1
    found = interpolate(scores, values, measured)
    for channel in range(5):
        absent = measured[:, None, None, :, channel] == 0
        shares = scores.masked_fill(absent, -torch.inf).softmax(3)
        expected = (shares * values[:, None, None, :, channel]).sum(3)
        torch.testing.assert_close(found[..., channel], expected, rtol=1e-5, atol=1e-6)


def test_times_without_measurements_do_not_move_mtand() -> None:
    """Padding, which is a time 0 with nothing measured, changes nothing."""
    torch.manual_seed(4)
    network = InterpolationNetwork(
        channels=2, static=0, hidden=4, heads=2, waves=6, points=5, dropout=0.0
    ).eval()
    times = torch.rand(3, 6).sort(1).values
    values = torch.randn(3, 6, 2)
    measured = (torch.rand(3, 6, 2) < 0.7).float()
    padded = [torch.cat([each, torch.zeros_like(each)[:, :4]], dim=1) for each in (times, values, measured)]
    with torch.no_grad():
        torch.testing.assert_close(network.states(*padded), network.states(times, values, measured))


def test_softmax_by_unit_is_a_softmax_of_each() -> None:
    """Units of 2, 0 and 3 rows, with scores so far apart that a common maximum would lose one."""
    scores = torch.tensor([[1.0, 2], [3, 4], [-200, 0], [-201, 1], [-202, 2]])
    found = softmax_by_unit(scores, torch.tensor([0, 0, 2, 2, 2]), 3)
    torch.testing.assert_close(found, torch.cat([scores[:2].softmax(0), scores[2:].softmax(0)]))


def test_seft_is_its_equations_for_each_unit() -> None:
    """All units at once give what attention over the set of one unit gives; a unit without measurements is survived."""
    torch.manual_seed(6)
    network = SetNetwork(
        channels=3, static=0, hidden=4, heads=2, key=5, waves=4, window=48.0, dropout=0.0
    ).eval()
    nn.init.normal_(network.queries)
    sizes = torch.tensor([3, 0, 2])
    unit, hours = torch.repeat_interleave(torch.arange(3), sizes), torch.tensor([1.0, 2, 40, 3, 3])
    channel, values = torch.tensor([0, 2, 1, 1, 0]), torch.randn(5)
    with torch.no_grad():
        found = network.states(unit, hours, channel, values, sizes)
        seen = torch.cat([sinusoids(hours, 4, 48.0), values[:, None]], dim=1)
        for one in (0, 2):
            mine = (seen[unit == one], channel[unit == one])
            mean = network.summary(mine).mean(dim=0)
            keys = network.from_summary(mean) + network.from_measurement(mine)
            heads = []
            for head in range(2):
                scores = keys[:, 5 * head : 5 * head + 5] @ network.queries[head] / math.sqrt(5)
                heads.append(scores.softmax(0) @ network.value(network.embed(mine)))
            torch.testing.assert_close(found[one], network.combine(torch.cat(heads)).relu())
    assert found[1].isfinite().all()
