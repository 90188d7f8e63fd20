"""Every option and argument of the commands, declared once; a command names those that it takes.

Where a word means something different to two commands it has two entries, next to each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

from costcalc.cli.arguments import ConventionName, KnobNames, Named, NamedModels, OneModel, SeveralModels
from costcalc.cli.declaration import Flag, Number, Numbers, Option, Repeated, Size, Word, Words
from costcalc.cli.knobs import Choice, complete_assignment
from costcalc.cli.result import Form, Result
from costcalc.outputs import FILES
from costcalc.words import DEVICES, DTYPES, INFERENCE_DTYPES, MODES, OPTIMIZERS, TIMED_DTYPES, TIMED_OPTIMIZERS

if TYPE_CHECKING:
    from costcalc.conventions import Convention

BY = ("stage", "layer", "type")
KINDS = ("weights", "trainable", "stored")

_MODEL = (
    "A shipped model or the path of a YAML file, with knobs of its own as mobilenetv2:alpha=0.5. With --help, its "
    "knobs are listed."
)
Models = Annotated[list[Choice], SeveralModels(_MODEL)]
Model = Annotated[Choice, OneModel(_MODEL)]
ModelsIfAny = Annotated[Named, NamedModels(_MODEL)]
ModelOrPart = Annotated[
    Choice,
    OneModel("A model (shipped, or a YAML file), a shipped block or a layer. With --help, its knobs are listed."),
]
Set = Annotated[
    list[str],
    Repeated(
        "--set",
        "Set a knob, as --KNOB VALUE does; for a knob that is called like an option.",
        metavar="KNOB=VALUE",
        complete=complete_assignment,
    ),
]
Strict = Annotated[
    bool,
    Flag("--strict", "Refuse a spec with a knob, definition, block or layer that nothing uses, and do not just warn."),
]
WithRespectTo = Annotated[
    list[str] | None,
    KnobNames(
        "--wrt",
        "The knobs that are symbols; by default each that is a number and was given no value.",
        metavar="KNOB,...",
    ),
]
Varied = Annotated[
    list[str] | None,
    KnobNames(
        "--wrt",
        "The knobs that may vary, besides those that are given several values.",
        metavar="KNOB,...",
    ),
]

# The result

Format = Annotated[
    Result, Form(FILES, "The form of the result; by default what the name of the output file asks for, else a table.")
]
TreeFormat = Annotated[
    Result,
    Form(
        ("tree", *FILES),
        "A tree by default; the other forms have a row for each layer, with all its arguments and inputs.",
    ),
]
FormulaFormat = Annotated[
    Result, Form(FILES, "The form of the result; json has each form as sympy's srepr and as LaTeX too.")
]
AuditFormat = Annotated[
    Result,
    Form((*FILES, "html"), "How the result is written; html is a page that needs nothing beside itself."),
]
PageFormat = Annotated[
    Result,
    Form(
        ("html", "markdown"),
        "A page that needs nothing beside itself, or Markdown for a step summary; by default what the name of the "
        "output file asks for, else a page, in the file MODEL.html. With --format, but no --output, it goes to stdout.",
        named=True,
    ),
]
PictureFormat = Annotated[
    Result,
    Form(
        ("svg", "png", "pdf"),
        "The form of the picture; by default what the name of the output file asks for, else svg.",
        named=True,
    ),
]
Output = Annotated[
    str | None, Option("--output", "Write the result to this file, whole or not at all.", metavar="FILE")
]
Human = Annotated[bool, Flag("--human", "Round the numbers of a table, as 3.50 M and 9.76 MiB.")]
Notes = Annotated[bool, Flag("--notes", "Print the long notes of a table, too; the other forms have them anyway.")]
Quiet = Annotated[bool, Flag("--quiet", "Print the bare integer and nothing else, a line for each model.")]
By = Annotated[str, Word("--by", BY, "What a row of the table is.", default="stage")]
FormulasBy = Annotated[
    str | None,
    Word("--by", BY, "A row for each of these above the total; elasticities have one for each stage by default."),
]
TimedBy = Annotated[
    str | None, Word("--by", BY, "Time the forward pass layer by layer too, and show a row for each of these.")
]
Top = Annotated[int | None, Number("--top", "Only the N most expensive rows, the greatest first, and the rest in one.")]

# What is counted

Kind = Annotated[
    str,
    Word(
        "--kind",
        KINDS,
        "Weights of convolutions and linear layers only; trainable, with biases and the affine values of "
        "normalisations; stored, with their running statistics too.",
        default="trainable",
    ),
]


def _symbolic() -> Iterable[str]:
    from costcalc.quantities import QUANTITIES

    return [*(name for name, quantity in QUANTITIES.items() if quantity.symbolic), "memory"]


Derived = Annotated[
    str,
    Word("--quantity", _symbolic, "What the formula is of; memory is short for peak_memory.", default="macs"),
]
Reconciled = Annotated[
    str | None,
    Word(
        "--quantity",
        ("macs", "backward", "training", "params"),
        "What is counted; by default what both conventions count, or, of a number, anything.",
    ),
]
Exact = Annotated[bool, Flag("--exact", "Keep the rounding of widths, as functions whose values are whole.")]
Elasticities = Annotated[bool, Flag("--elasticities", "What one percent of each knob buys, instead of the formulas.")]
Ledger = Annotated[bool, Flag("--ledger", "All kinds of work, the bytes moved, and FLOPs per byte.")]
Tool = Annotated[
    "Convention | None",
    ConventionName(
        "--convention",
        "Count as another tool does: fvcore, torch, ptflops, ptflops-aten, thop, torchinfo; parameters also as keras "
        "or tf-slim.",
    ),
]
FromTool = Annotated["Convention | None", ConventionName("--from", "The convention to start from.")]
ToTool = Annotated["Convention | None", ConventionName("--to", "The convention to end at.")]
Measured = Annotated[
    str | None,
    Option(
        "--measured",
        "A number from elsewhere, as 300774272 or rounded as 300M: what gives it? --from narrows the search.",
        metavar="NUMBER",
    ),
]
MacsBudget = Annotated[
    list[str],
    Repeated(
        "--macs",
        "Multiply-accumulates: at most 300M, or 250M..300M, or at least 250M.. .",
        metavar="AMOUNT",
    ),
]
ParamsBudget = Annotated[list[str], Repeated("--params", "Parameters, likewise.", metavar="AMOUNT")]
AnyBudget = Annotated[
    list[str],
    Repeated(
        "--budget",
        "A limit on any quantity, as a budgets file writes it: 'peak_memory(fp16) <= 4 MiB'; may be repeated.",
        metavar="LIMIT",
    ),
]
AllSettings = Annotated[bool, Flag("--all", "Every setting that meets the budgets, not the front alone.")]

# How a model runs and is trained

Batch = Annotated[int, Number("--batch", "Count for N images.", default=1)]
Batches = Annotated[list[int], Numbers("--batch", "Images at a time.", metavar="N,N,...", default=[1])]
Resolutions = Annotated[
    list[int] | None,
    Numbers(
        "--resolution",
        "Heights and widths of the image; each model's own by default, 128,224 where no model is named.",
        metavar="N,N,...",
    ),
]
LedgerDtype = Annotated[
    str, Word("--dtype", DTYPES, "The type of the elements whose bytes --ledger counts.", default="fp32")
]
InferenceDtype = Annotated[
    str | None,
    Word("--dtype", INFERENCE_DTYPES, "The type of every tensor; fp32 by default, fp16 without a MODEL."),
]
ComparedDtype = Annotated[
    str, Word("--dtype", DTYPES, "The type of the elements whose bytes are counted.", default="fp32")
]
TimedDtype = Annotated[str, Word("--dtype", TIMED_DTYPES, "The type of parameters and images.", default="fp32")]
TimedDtypes = Annotated[list[str], Words("--dtype", TIMED_DTYPES, "Types of parameters and images.", default=["fp32"])]
AllBf16 = Annotated[bool, Flag("--bf16", "All tensors in bfloat16; fp32 by default.")]
Fp16 = Annotated[bool, Flag("--fp16", "Short for --dtype fp16.")]
Bf16 = Annotated[bool, Flag("--bf16", "Short for --dtype bf16.")]
Int8 = Annotated[bool, Flag("--int8", "Short for --dtype int8.")]
Order = Annotated[
    str,
    Word(
        "--order",
        ("declared", "best"),
        "The order of execution: as declared, or the one with the smallest peak of all.",
        default="declared",
    ),
]
Input = Annotated[
    str,
    Word(
        "--input",
        ("held", "given"),
        "Whether the caller holds the input, or hands it over to be freed after its last use.",
        default="held",
    ),
]
InPlace = Annotated[bool, Flag("--in-place", "Activations in place, where torch can.")]
Fold = Annotated[bool, Flag("--fold", "Batch norms folded into the layers before them.")]
Fuse = Annotated[bool, Flag("--fuse", "Convolution, batch norm and activation as one operation.")]
Split = Annotated[
    int, Number("--split", "Evaluate the inner tensor of inverted residuals in T parts.", metavar="T", default=1)
]
Nested = Annotated[bool, Flag("--nested", "The peak of modules that call modules too, besides the flat module's.")]
Timeline = Annotated[bool, Flag("--timeline", "Live bytes step by step; in training by layer.")]

ANY_SIZE = "any"
"""The value of a bare ``--arena``."""


class _Arena(Size):
    def read(self, text: str) -> int:
        return 0 if text == ANY_SIZE else super().read(text)


Arena = Annotated[
    int | None,
    _Arena(
        "--arena",
        "Plan offsets for all tensors in one block of memory; of this size at most, such as 512KiB.",
        metavar="[SIZE]",
    ),
]
BackwardPass = Annotated[bool, Flag("--backward", "The backward pass: both gradients.")]
BothPasses = Annotated[bool, Flag("--training", "The forward and the backward pass.")]
ForwardOnly = Annotated[bool, Flag("--forward-only", "No backward pass.")]
TimedStep = Annotated[bool, Flag("--train-step", "Whole training steps, with SGD, RMSProp as in the papers, and Adam.")]
Epoch = Annotated[
    int, Number("--epoch", "With --train-step: the images of an epoch, as ImageNet has them.", default=1_281_167)
]
TrainingStep = Annotated[
    bool, Flag("--training", "A training step: what it holds, and its peak. See also costcalc fits.")
]
Optimizer = Annotated[str, Word("--optimizer", OPTIMIZERS, "The optimizer of the training.", default="sgd")]
TimedOptimizers = Annotated[
    list[str],
    Words(
        "--optimizer",
        TIMED_OPTIMIZERS,
        "With --train-step: these optimizers alone.",
        default=list(TIMED_OPTIMIZERS),
    ),
]
Autocast = Annotated[bool, Flag("--autocast", "Train with torch's automatic mixed precision, in bfloat16.")]
Checkpoint = Annotated[
    bool, Flag("--checkpoint", "Gradient checkpointing: each stage that a gradient goes through is computed once more.")
]
Freeze = Annotated[
    list[str],
    Repeated(
        "--freeze",
        "Layers that are not trained: a path, a block, or a pattern such as 'stage[1-3]'; may be repeated.",
        metavar="PATTERN",
    ),
]


def _formulas() -> Iterable[str]:
    from costcalc.audit.formulas import shipped_formulas

    return shipped_formulas()


DocumentsFormula = Annotated[
    str | None,
    Word(
        "--formula",
        _formulas,
        "With --training: the formula of a document, such as dominguez-same-but-better, beside.",
        metavar="DOCUMENT",
    ),
]

# Machines and what was measured on them

Device = Annotated[str, Word("--device", DEVICES, "The device.", default="cpu")]


class _Memory(Size):
    def read(self, text: str) -> Any:
        super().read(text)
        return text.strip()


DeviceMemory = Annotated[
    str,
    _Memory("--device", "The memory of the device, with its unit: 8GB, 16GiB.", metavar="SIZE", required=True),
]
Modes = Annotated[list[str], Words("--mode", MODES, "As it stands, or by torch.compile.", default=["eager"])]
ChannelsLast = Annotated[bool, Flag("--channels-last", "Tensors whose channels lie next to each other in memory.")]
Threads = Annotated[int | None, Number("--threads", "Threads on the CPU; a thread for each core by default.")]
Ceilings = Annotated[
    str | None,
    Option("--ceilings", "The ceilings of a machine; by default those that costcalc roofline kept.", metavar="FILE"),
]
PredictedCeilings = Annotated[
    str | None,
    Option(
        "--ceilings",
        "The machine that a latency is predicted for: what costcalc roofline --save FILE wrote.",
        metavar="FILE",
    ),
]
ComparedCeilings = Annotated[
    str | None,
    Option(
        "--ceilings",
        "Predicted times too, for the machine of these ceilings: what costcalc roofline --save FILE wrote.",
        metavar="FILE",
    ),
]
NewResults = Annotated[
    str | None,
    Option(
        "--results",
        "Where every row goes as soon as it is measured; bench-DEVICE-TIME.jsonl by default.",
        metavar="FILE",
    ),
]
ComparedResults = Annotated[
    str | None,
    Option("--results", "Measured times too: what costcalc bench --results FILE wrote.", metavar="FILE"),
]
Resume = Annotated[str | None, Option("--resume", "Measure what this results file lacks.", metavar="FILE")]
FromResults = Annotated[str | None, Option("--from", "Show a results file, and measure nothing.", metavar="FILE")]
Versus = Annotated[str | None, Option("--vs", "Ratios to the time of this one of the models.", metavar="MODEL")]
Quick = Annotated[
    bool, Flag("--quick", "A look: 6 rounds, none after 8 seconds but the first; resolution 128 by default.")
]


CeilingsOfResults = Annotated[
    str | None,
    Option("--ceilings", "What costcalc roofline --save FILE measured on the same machine.", metavar="FILE"),
]
Results = Annotated[
    str | None, Option("--results", "What costcalc bench --results FILE measured, for the roofline.", metavar="FILE")
]
Save = Annotated[
    str | None,
    Option("--save", "Keep them here and not in the user's own folder for settings.", metavar="FILE"),
]


def _charts() -> Iterable[str]:
    from costcalc.outputs.charts import CHARTS

    return CHARTS


Chart = Annotated[str, Word("CHART", _charts, "One of", required=True)]

# Checks, proofs and documents

Budgets = Annotated[str, Option("BUDGETS", "A file of budgets.", default="budgets.yaml")]
UpdateBaseline = Annotated[
    bool, Flag("--update-baseline", "Write what the models cost now into the baselines of the budgets.")
]
Since = Annotated[
    str | None,
    Option(
        "--rev",
        "Name the layers that changed since this git revision as responsible, and not those that cost most.",
        metavar="REVISION",
    ),
]
Revisions = Annotated[
    list[str],
    Repeated(
        "--rev",
        "Compare the file MODEL with itself at this git revision, which is the base; given twice, the first revision "
        "with the second.",
        metavar="REVISION",
    ),
]
JUnit = Annotated[str | None, Option("--junit", "Write a JUnit XML file too, a test case a budget.", metavar="FILE")]
AllModels = Annotated[bool, Flag("--all", "Every shipped model, which is also the default.")]


def _documents() -> list[str]:
    from costcalc.audit import shipped_documents

    return shipped_documents()


def _theorems() -> list[str]:
    from costcalc.symbolic.proofs import shipped_theorems

    return shipped_theorems()


Documents = Annotated[
    list[str],
    Repeated(
        "DOCUMENT",
        "A shipped document or the path of a YAML file; all shipped ones by default.",
        complete=_documents,
    ),
]
Explain = Annotated[
    str | None, Option("--explain", "The arithmetic of one claim, named as CLAIM or DOCUMENT/CLAIM.", metavar="ID")
]
Text = Annotated[
    str | None,
    Option(
        "--text",
        "The document's own text: each number in it must be in a claim, a published figure or the list of the others.",
        metavar="FILE",
    ),
]
Theorems = Annotated[
    list[str],
    Repeated("NAME", "A shipped theorem or the path of a YAML file; without any, all.", complete=_theorems),
]
List = Annotated[bool, Flag("--list", "Print the theorems and prove none.")]
