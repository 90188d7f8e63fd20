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
    "A shipped model or the path of a YAML file, optionally with its own knobs: "
    "mobilenetv2:alpha=0.5. --help after it lists its knobs."
)
Models = Annotated[list[Choice], SeveralModels(_MODEL)]
Model = Annotated[Choice, OneModel(_MODEL)]
ModelsIfAny = Annotated[Named, NamedModels(_MODEL)]
ModelOrPart = Annotated[
    Choice,
    OneModel("A model (shipped, or a YAML file), a shipped block, or a layer. --help after it lists its knobs."),
]
Set = Annotated[
    list[str],
    Repeated(
        "--set",
        "Set a knob, like --KNOB VALUE; for a knob with the same name as an option.",
        metavar="KNOB=VALUE",
        complete=complete_assignment,
    ),
]
Strict = Annotated[
    bool,
    Flag("--strict", "Treat an unused knob, definition, block or layer as an error instead of a warning."),
]
WithRespectTo = Annotated[
    list[str] | None,
    KnobNames(
        "--wrt",
        "The knobs to keep as symbols; by default every numeric knob without a given value.",
        metavar="KNOB,...",
    ),
]
Varied = Annotated[
    list[str] | None,
    KnobNames(
        "--wrt",
        "The knobs to search over, in addition to those given several values.",
        metavar="KNOB,...",
    ),
]

# The result

Format = Annotated[
    Result, Form(FILES, "The output format; by default from the extension of the output file, else a table.")
]
TreeFormat = Annotated[
    Result,
    Form(
        ("tree", *FILES),
        "A tree by default; the other formats print one row per layer, with all its arguments and inputs.",
    ),
]
FormulaFormat = Annotated[
    Result, Form(FILES, "The output format; json includes each expression as sympy's srepr and as LaTeX.")
]
AuditFormat = Annotated[
    Result,
    Form((*FILES, "html"), "The output format; html is a single self-contained page."),
]
PageFormat = Annotated[
    Result,
    Form(
        ("html", "markdown"),
        "A self-contained HTML page, or Markdown for a step summary; by default from the extension of "
        "the output file, else HTML, written to MODEL.html. With --format but without --output, print "
        "to stdout.",
        named=True,
    ),
]
PictureFormat = Annotated[
    Result,
    Form(
        ("svg", "png", "pdf"),
        "The image format; by default from the extension of the output file, else svg.",
        named=True,
    ),
]
Output = Annotated[str | None, Option("--output", "Write the result to this file, atomically.", metavar="FILE")]
Human = Annotated[bool, Flag("--human", "Round the numbers of a table, as 3.50 M and 9.76 MiB.")]
Notes = Annotated[bool, Flag("--notes", "Print the long notes of a table, too; the other forms have them anyway.")]
Quiet = Annotated[bool, Flag("--quiet", "Print only the integer, one line per model.")]
By = Annotated[str, Word("--by", BY, "The rows of the table:", default="stage")]
FormulasBy = Annotated[
    str | None,
    Word("--by", BY, "Add a row for each of these above the total; elasticities default to one row per stage."),
]
TimedBy = Annotated[
    str | None, Word("--by", BY, "Also time the forward pass layer by layer, and show one row for each of these.")
]
Top = Annotated[
    int | None,
    Number("--top", "Show only the N most expensive rows, in descending order, and sum the rest in one row."),
]

# What is counted

Kind = Annotated[
    str,
    Word(
        "--kind",
        KINDS,
        "weights: those of convolutions and linear layers only; trainable: also biases and affine "
        "parameters of normalisations; stored: also running statistics.",
        default="trainable",
    ),
]


def _symbolic() -> Iterable[str]:
    from costcalc.quantities import QUANTITIES

    return [*(name for name, quantity in QUANTITIES.items() if quantity.derivable), "memory"]


Derived = Annotated[
    str,
    Word("--quantity", _symbolic, "The quantity to derive; memory is short for peak_memory.", default="macs"),
]
Reconciled = Annotated[
    str | None,
    Word(
        "--quantity",
        ("macs", "backward", "training", "params"),
        "The quantity to reconcile; by default whatever both conventions count, or, with --measured, any quantity.",
    ),
]
Exact = Annotated[bool, Flag("--exact", "Keep the rounding of widths, as integer-valued functions.")]
Elasticities = Annotated[
    bool,
    Flag(
        "--elasticities", "Show elasticities (the percentage change per one percent of each knob) instead of formulas."
    ),
]
Ledger = Annotated[bool, Flag("--ledger", "Show all operation counts, the bytes moved, and FLOPs per byte.")]
Tool = Annotated[
    "Convention | None",
    ConventionName(
        "--convention",
        "Count by the convention of another tool: fvcore, torch, ptflops, ptflops-aten, thop, torchinfo; parameters "
        "also as keras or tf-slim.",
    ),
]
FromTool = Annotated["Convention | None", ConventionName("--from", "The convention to reconcile from.")]
ToTool = Annotated["Convention | None", ConventionName("--to", "The convention to reconcile to.")]
Measured = Annotated[
    str | None,
    Option(
        "--measured",
        "Search for what explains this number: exact (300774272) or rounded (300M). --from narrows the search.",
        metavar="NUMBER",
    ),
]
MacsBudget = Annotated[
    list[str],
    Repeated(
        "--macs",
        "Budget of multiply-accumulates: 300M (at most), 250M..300M, or 250M.. (at least).",
        metavar="AMOUNT",
    ),
]
ParamsBudget = Annotated[list[str], Repeated("--params", "Budget of parameters, in the same form.", metavar="AMOUNT")]
AnyBudget = Annotated[
    list[str],
    Repeated(
        "--budget",
        "A limit on any quantity, as a budgets file writes it: 'peak_memory(fp16) <= 4 MiB'; may be repeated.",
        metavar="LIMIT",
    ),
]
AllSettings = Annotated[bool, Flag("--all", "List every setting that meets the budgets, not only the Pareto front.")]

# How a model runs and is trained

Batch = Annotated[int, Number("--batch", "The batch size to count for.", default=1)]
Batches = Annotated[list[int], Numbers("--batch", "Batch sizes.", metavar="N,N,...", default=[1])]
Resolutions = Annotated[
    list[int] | None,
    Numbers(
        "--resolution",
        "Image resolutions (height and width); by default each model's own, or 128,224 without a MODEL.",
        metavar="N,N,...",
    ),
]
LedgerDtype = Annotated[str, Word("--dtype", DTYPES, "The element type for the bytes of --ledger.", default="fp32")]
InferenceDtype = Annotated[
    str | None,
    Word("--dtype", INFERENCE_DTYPES, "The type of every tensor; by default fp32, or fp16 without a MODEL."),
]
ComparedDtype = Annotated[str, Word("--dtype", DTYPES, "The element type for byte counts.", default="fp32")]
TimedDtype = Annotated[str, Word("--dtype", TIMED_DTYPES, "The type of parameters and inputs.", default="fp32")]
TimedDtypes = Annotated[
    list[str], Words("--dtype", TIMED_DTYPES, "The types of parameters and inputs.", default=["fp32"])
]
AllBf16 = Annotated[bool, Flag("--bf16", "All tensors in bfloat16; fp32 by default.")]
Fp16 = Annotated[bool, Flag("--fp16", "Short for --dtype fp16.")]
Bf16 = Annotated[bool, Flag("--bf16", "Short for --dtype bf16.")]
Int8 = Annotated[bool, Flag("--int8", "Short for --dtype int8.")]
Order = Annotated[
    str,
    Word(
        "--order",
        ("declared", "best"),
        "The order of execution: as declared, or the one with the lowest peak memory.",
        default="declared",
    ),
]
Input = Annotated[
    str,
    Word(
        "--input",
        ("held", "given"),
        "Whether the caller holds the input, or gives it up to be freed after its last use.",
        default="held",
    ),
]
InPlace = Annotated[bool, Flag("--in-place", "Run activations in place where torch can.")]
Fold = Annotated[bool, Flag("--fold", "Fold batch norms into the preceding layers.")]
Fuse = Annotated[bool, Flag("--fuse", "Fuse convolution, batch norm and activation into one operation.")]
Split = Annotated[
    int, Number("--split", "Evaluate the inner tensor of inverted residuals in T parts.", metavar="T", default=1)
]
Nested = Annotated[bool, Flag("--nested", "Also show the peak of nested modules, next to that of the flat module.")]
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
        "Plan offsets of all tensors in one memory arena, at most this large if a SIZE such as 512KiB is given.",
        metavar="[SIZE]",
    ),
]
BackwardPass = Annotated[bool, Flag("--backward", "Count the backward pass: gradients of inputs and weights.")]
BothPasses = Annotated[bool, Flag("--training", "Count the forward and the backward pass.")]
ForwardOnly = Annotated[bool, Flag("--forward-only", "Skip the backward pass.")]
TimedStep = Annotated[
    bool, Flag("--train-step", "Time whole training steps with SGD, RMSProp (as in the MobileNet papers) and Adam.")
]
Epoch = Annotated[
    int,
    Number("--epoch", "With --train-step: the number of images per epoch, ImageNet's by default.", default=1_281_167),
]
TrainingStep = Annotated[
    bool, Flag("--training", "Show what a training step holds, and its peak memory. See also costcalc fits.")
]
Optimizer = Annotated[str, Word("--optimizer", OPTIMIZERS, "The optimizer.", default="sgd")]
TimedOptimizers = Annotated[
    list[str],
    Words(
        "--optimizer",
        TIMED_OPTIMIZERS,
        "With --train-step: the optimizers to time.",
        default=list(TIMED_OPTIMIZERS),
    ),
]
Autocast = Annotated[bool, Flag("--autocast", "Train with torch's automatic mixed precision, in bfloat16.")]
Checkpoint = Annotated[
    bool, Flag("--checkpoint", "Gradient checkpointing: recompute each stage that a gradient passes through once.")
]
Freeze = Annotated[
    list[str],
    Repeated(
        "--freeze",
        "Layers to freeze: a path, a block, or a pattern such as 'stage[1-3]'; may be repeated.",
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
        "With --training: also evaluate the formula of a document, such as dominguez-same-but-better.",
        metavar="DOCUMENT",
    ),
]

# Machines and what was measured on them

Device = Annotated[str, Word("--device", DEVICES, "The device to run on.", default="cpu")]


class _Memory(Size):
    def read(self, text: str) -> Any:
        super().read(text)
        return text.strip()


DeviceMemory = Annotated[
    str,
    _Memory("--device", "The memory of the device, with a unit: 8GB, 16GiB.", metavar="SIZE", required=True),
]
Modes = Annotated[
    list[str], Words("--mode", MODES, "How to run the model: eagerly, or with torch.compile.", default=["eager"])
]
ChannelsLast = Annotated[bool, Flag("--channels-last", "Use the channels-last memory layout.")]
Threads = Annotated[int | None, Number("--threads", "The number of CPU threads; by default one per core.")]
Ceilings = Annotated[
    str | None,
    Option("--ceilings", "The ceilings of a machine; by default those saved by costcalc roofline.", metavar="FILE"),
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
        "Also show predicted latency, for the machine of these ceilings, written by costcalc roofline --save FILE.",
        metavar="FILE",
    ),
]
NewResults = Annotated[
    str | None,
    Option(
        "--results",
        "The results file to which every measurement is appended; bench-DEVICE-TIME.jsonl by default.",
        metavar="FILE",
    ),
]
ComparedResults = Annotated[
    str | None,
    Option(
        "--results",
        "Also show measured latency, from a results file written by costcalc bench --results FILE.",
        metavar="FILE",
    ),
]
Resume = Annotated[
    str | None, Option("--resume", "Resume the measurements missing from this results file.", metavar="FILE")
]
FromResults = Annotated[str | None, Option("--from", "Show a results file without measuring.", metavar="FILE")]
Versus = Annotated[str | None, Option("--vs", "Also show ratios to the time of this model.", metavar="MODEL")]
Quick = Annotated[
    bool,
    Flag(
        "--quick",
        "A quick run: 6 rounds, of which only the first may start after 8 seconds; resolution 128 by default.",
    ),
]


CeilingsOfResults = Annotated[
    str | None,
    Option("--ceilings", "The ceilings of the same machine, written by costcalc roofline --save FILE.", metavar="FILE"),
]
Results = Annotated[
    str | None,
    Option("--results", "The results file for the roofline, written by costcalc bench --results FILE.", metavar="FILE"),
]
Save = Annotated[
    str | None,
    Option("--save", "Write the ceilings to this file instead of the user's configuration folder.", metavar="FILE"),
]


def _charts() -> Iterable[str]:
    from costcalc.outputs.charts import CHARTS

    return CHARTS


Chart = Annotated[str, Word("CHART", _charts, "One of", required=True)]

# Checks, proofs and documents

Budgets = Annotated[str, Option("BUDGETS", "The budgets file.", default="budgets.yaml")]
UpdateBaseline = Annotated[
    bool, Flag("--update-baseline", "Write the current costs of the models to the baselines that the budgets name.")
]
Since = Annotated[
    str | None,
    Option(
        "--rev",
        "Blame the layers that changed since this git revision instead of the most expensive ones.",
        metavar="REVISION",
    ),
]
Revisions = Annotated[
    list[str],
    Repeated(
        "--rev",
        "Compare the file MODEL with its version at this git revision, the base; if given twice, "
        "compare the first revision with the second.",
        metavar="REVISION",
    ),
]
JUnit = Annotated[
    str | None, Option("--junit", "Also write a JUnit XML file, one test case per budget.", metavar="FILE")
]
AllModels = Annotated[bool, Flag("--all", "Validate every shipped model (the default).")]


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
        "A shipped document or the path of a YAML file; by default all shipped documents.",
        complete=_documents,
    ),
]
Explain = Annotated[
    str | None, Option("--explain", "Show the arithmetic of one claim, given as CLAIM or DOCUMENT/CLAIM.", metavar="ID")
]
Text = Annotated[
    str | None,
    Option(
        "--text",
        "The text of the document: check that each number in it is a claim, a published figure or listed as not "
        "audited.",
        metavar="FILE",
    ),
]
Theorems = Annotated[
    list[str],
    Repeated(
        "NAME", "A shipped theorem or the path of a YAML file; by default all shipped theorems.", complete=_theorems
    ),
]
List = Annotated[bool, Flag("--list", "List the theorems without proving them.")]
