import pytest
import torch
from torch.nn import functional

from costcalc.measure import modules


def numbers(*shape: int) -> torch.Tensor:
    """Whole numbers, some of them negative, that sums and products of a few keep exact."""
    generator = torch.Generator().manual_seed(0)
    return torch.randint(-9, 10, shape, generator=generator).double()


def test_a_padded_convolution_has_the_parameters_of_a_plain_one() -> None:
    """So that what a layer says of its tensors holds for both."""
    conv = modules.PaddedConv2d(4, 6, kernel_size=3, groups=2, pad=(0, 1, 0, 1))
    shapes = {name: tuple(tensor.shape) for name, tensor in conv.named_parameters()}
    assert shapes == {"weight": (6, 2, 3, 3), "bias": (6,)}


def test_a_padded_convolution_pads_left_right_top_and_bottom_with_zeros() -> None:
    """A convolution by 1 shows the padded image."""
    conv = modules.PaddedConv2d(1, 1, kernel_size=1, bias=False, pad=(1, 2, 3, 0)).double()
    image = numbers(1, 1, 2, 2)
    with torch.no_grad():
        conv.weight.fill_(1)
        padded = conv(image)
    assert padded.shape == (1, 1, 5, 5)
    assert torch.equal(padded[:, :, 3:, 1:3], image)
    assert torch.equal(padded.abs().sum(), image.abs().sum())


def test_equal_padding_on_both_sides_is_torch_s_own() -> None:
    """Zeros for a convolution and an average, nothing at all for a maximum or an average of the inside."""
    image = numbers(2, 3, 7, 6)
    pad = (1, 1, 1, 1)
    window = {"kernel_size": 2, "stride": 2}
    conv = modules.PaddedConv2d(3, 4, **window, pad=pad).double()
    plain = functional.conv2d(image, conv.weight, conv.bias, stride=2, padding=1)
    assert torch.equal(conv(image), plain)
    pooled = modules.PaddedMaxPool2d(**window, pad=pad)(image)
    assert torch.equal(pooled, functional.max_pool2d(image, 2, 2, padding=1))
    for included in (True, False):
        average = modules.PaddedAvgPool2d(**window, pad=pad, count_include_pad=included)(image)
        assert torch.equal(average, functional.avg_pool2d(image, 2, 2, padding=1, count_include_pad=included))


def test_padding_never_wins_a_maximum() -> None:
    """Not even among negative numbers."""
    image = -torch.ones(1, 1, 3, 3)
    assert torch.equal(modules.PaddedMaxPool2d(2, stride=1, pad=(0, 1, 0, 1))(image), image)


def test_an_average_without_padding_leaves_a_constant_as_it_is() -> None:
    """With the padding's zeros it falls at the border."""
    image = torch.full((1, 2, 3, 3), 5.0)
    inside = modules.PaddedAvgPool2d(2, stride=1, pad=(0, 1, 0, 1), count_include_pad=False)
    assert torch.equal(inside(image), image)
    corner = modules.PaddedAvgPool2d(2, stride=1, pad=(0, 1, 0, 1))(image)[0, 0, 2, 2]
    assert corner == 5 / 4  # one pixel of four


def test_a_padded_module_shows_its_padding() -> None:
    """A printed model tells it from torch's own."""
    assert "pad=(0, 1, 0, 1)" in repr(modules.PaddedMaxPool2d(2, pad=(0, 1, 0, 1)))


def test_a_global_pooling_makes_a_vector_of_each_image() -> None:
    """The mean or the maximum over height and width."""
    image = numbers(2, 3, 4, 2)
    assert torch.equal(modules.GlobalAvgPool2d()(image), image.mean((2, 3)))
    assert torch.equal(modules.GlobalMaxPool2d()(image), image.amax((2, 3)))


def test_add_and_multiply_take_any_number_of_inputs() -> None:
    """One input is itself."""
    a, b, c = numbers(3, 2, 4)
    assert torch.equal(modules.Add()(a, b, c), a + b + c)
    assert torch.equal(modules.Multiply()(a, b, c), a * b * c)
    assert torch.equal(modules.Add()(a), a)


def test_concat_joins_channels() -> None:
    """In the order of the inputs."""
    a, b = numbers(1, 2, 3, 3), numbers(1, 1, 3, 3)
    joined = modules.Concat()(a, b)
    assert torch.equal(joined[:, :2], a)
    assert torch.equal(joined[:, 2:], b)


@pytest.mark.parametrize("out", [1, 3, 4, 6, 11])
def test_replicate_gives_channel_i_modulo_the_channels_of_its_input(out: int) -> None:
    """Fewer channels, whole copies, and a cut one."""
    image = numbers(2, 3, 2, 2)
    assert torch.equal(modules.Replicate(out)(image), image[:, [i % 3 for i in range(out)]])


def test_slice_is_a_part_of_the_channels() -> None:
    """From the first of them on, counted from 0."""
    image = numbers(2, 5, 2, 2)
    assert torch.equal(modules.Slice(1, 3)(image), image[:, 1:4])


def test_scale_begins_as_the_identity_and_has_a_value_of_each_kind_per_channel() -> None:
    """For images and for vectors."""
    scale = modules.Scale(3).double()
    image, vector = numbers(2, 3, 2, 2), numbers(2, 3)
    assert torch.equal(scale(image), image)
    with torch.no_grad():
        scale.weight.copy_(torch.tensor([1, 2, 3]))
        scale.bias.copy_(torch.tensor([5, 7, 9]))
        assert torch.equal(scale(vector), vector * torch.tensor([1, 2, 3]) + torch.tensor([5, 7, 9]))
        assert torch.equal(scale(image)[:, 2], image[:, 2] * 3 + 9)


def test_the_codes_of_radial_bases_are_stored_signs_that_nothing_trains() -> None:
    """The distance of a code to itself is 0, and of its negative 4 per feature."""
    bases = modules.RadialBasis(84, 10)
    assert list(bases.parameters()) == []
    assert set(bases.codes.flatten().tolist()) == {-1.0, 1.0}
    assert bases(bases.codes).diagonal().tolist() == [0.0] * 10
    assert bases(-bases.codes).diagonal().tolist() == [4.0 * 84] * 10


def test_every_module_is_listed_for_layers_to_name() -> None:
    """A class that is not in ``__all__`` would never be found."""
    own = {name for name, item in vars(modules).items() if getattr(item, "__module__", "") == modules.__name__}
    assert set(modules.__all__) == {name for name in own if not name.startswith("_")}


def test_an_l2_norm_leaves_each_position_its_scale_as_length() -> None:
    """Of an image and of a vector."""
    norm = modules.L2Norm(2).double()
    image = torch.tensor([[[[3.0, 0.0]], [[4.0, -7.0]]]]).double()
    assert torch.equal(norm(image), torch.tensor([[[[12.0, 0.0]], [[16.0, -20.0]]]]).double())  # 20 * 3/5, 20 * 4/5
    assert torch.equal(norm(image[:, :, 0, 0]), torch.tensor([[12.0, 16.0]]).double())
    assert repr(norm) == "L2Norm(2)"
